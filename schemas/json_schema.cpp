#include "schemas/json_schema.hpp"

namespace postbus::schemas::detail {

boost::json::object schema_of<std::int64_t>::make(const field_rule& rule) {
    boost::json::object out{{"type", "integer"}, {"format", "int64"}};
    if (rule.minimum != field_rule{}.minimum) out["minimum"] = rule.minimum;
    if (rule.maximum != field_rule{}.maximum) out["maximum"] = rule.maximum;
    return out;
}

boost::json::object schema_of<std::string>::make(const field_rule& rule) {
    boost::json::object out{{"type", "string"}};
    if (rule.min_length != field_rule{}.min_length) out["minLength"] = rule.min_length;
    if (rule.max_length != field_rule{}.max_length) out["maxLength"] = rule.max_length;
    if (rule.format) out["pattern"] = rule.format->pattern;
    return out;
}

} // namespace postbus::schemas::detail

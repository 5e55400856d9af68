// libFuzzer: any text as the body of a request. What is accepted and written again is read as the
// same.

#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"
#include "schemas/orders_v1.hpp"
#include "schemas/users_v1.hpp"

#include <cstdlib>

namespace {

using namespace postbus::schemas;

template <class T>
void round_trip(const boost::json::value& json) {
    T value{};
    field_errors errors;
    const bool good = read_json(json, value, errors);
    if (good != errors.empty() || errors.size() > max_field_errors) std::abort();
    if (!good) return;
    const auto text = to_json(value);
    json_document document;
    T again{};
    if (!document.parse(text) || !read_json(document.root(), again, errors)) std::abort();
    if (to_json(again) != text) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    json_document document;
    if (!document.parse(text)) {
        if (document.error().empty()) std::abort();
        return 0;
    }
    round_trip<users_v1::create_user>(document.root());
    round_trip<users_v1::list_users>(document.root());
    round_trip<orders_v1::create_order>(document.root());
    round_trip<orders_v1::order>(document.root());

    users_v1::update_user bound;
    field_errors errors;
    const text_value texts[] = {{"id", text.substr(0, text.size() / 2)}};
    read_request(texts, &document.root(), bound, errors);
    return 0;
}

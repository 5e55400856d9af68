#include "schemas/json_write.hpp"

#include <boost/json/serializer.hpp>

namespace postbus::schemas {

void write_json(std::string_view text, std::string& out) {
    thread_local boost::json::serializer writer;
    writer.reset(boost::json::string_view{text.data(), text.size()});
    char buffer[256];
    while (!writer.done()) {
        const auto part = writer.read(buffer);
        out.append(part.data(), part.size());
    }
}

} // namespace postbus::schemas

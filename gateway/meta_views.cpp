#include "gateway/meta_views.hpp"

#include "schemas/codec.hpp"

namespace postbus::gateway {

bool reply_meta_view::decode(std::string_view bytes) {
    try {
        schemas::input_archive archive{bytes};
        archive(*this);
        return archive.finished();
    } catch (const schemas::decode_error&) {
        return false;
    }
}

} // namespace postbus::gateway

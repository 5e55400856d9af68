// libFuzzer: any bytes as each thing that travels as cereal. What is accepted must be written as
// exactly the bytes it was read from.

#include "schemas/codec.hpp"
#include "tests/unit/samples.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    unsigned which = data[0] % 32U;
    postbus::tests::for_each_sample([&]<class T>(std::string_view, const T&) {
        if (which-- != 0) return;
        const auto value = postbus::schemas::decode<T>(bytes);
        if (value && postbus::schemas::encode(*value) != bytes) std::abort();
    });
    return 0;
}

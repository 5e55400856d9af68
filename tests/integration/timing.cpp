#include "tests/integration/timing.hpp"

#include <cstdlib>
#include <string>

namespace postbus::tests {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double factor_of_this_build = 4;
#else
constexpr double factor_of_this_build = 1;
#endif

} // namespace

milliseconds scaled(milliseconds limit) {
    static const double factor = [] {
        const char* given = std::getenv("POSTBUS_TIME_SCALE");
        const double value = given != nullptr ? std::atof(given) : 0;
        return value > 0 ? value : factor_of_this_build;
    }();
    return milliseconds{
        static_cast<milliseconds::rep>(static_cast<double>(limit.count()) * factor)};
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

} // namespace postbus::tests

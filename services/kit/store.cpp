#include "services/kit/store.hpp"

#include "services/kit/kit_store.hpp"

namespace postbus::kit {

any_store::any_store(sql& db) : built_in_{std::make_unique<kit_store>(db)} {}
any_store::~any_store() = default;

} // namespace postbus::kit

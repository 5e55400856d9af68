#pragma once

#include "services/kit/service.hpp"

namespace postbus::users {

kit::service service();

} // namespace postbus::users

#pragma once

#include "services/kit/service.hpp"

namespace postbus::orders {

kit::service service();

} // namespace postbus::orders

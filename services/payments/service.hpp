#pragma once

#include "services/kit/service.hpp"

namespace postbus::payments {

kit::service service();

} // namespace postbus::payments

#pragma once

#include "services/kit/service.hpp"

namespace postbus::catalog {

kit::service service();

} // namespace postbus::catalog

#pragma once

#include "services/kit/service.hpp"

namespace postbus::journal {

kit::service service();

} // namespace postbus::journal

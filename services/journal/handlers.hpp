#pragma once

#include "schemas/journal_v1.hpp"
#include "services/journal/store.hpp"
#include "services/kit/context.hpp"
#include "services/kit/result.hpp"

namespace postbus::journal {

namespace v1 = schemas::journal_v1;

kit::result<v1::published> publish(store&, const v1::publish&, kit::context&);

} // namespace postbus::journal

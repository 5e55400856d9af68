#pragma once

#include "bus/messages.hpp"

#include <span>

namespace postbus::bus {

/// What is shown of a service whose workers do not all announce the same, as in a rollout: what a
/// caller may rely on whoever answers. An operation that one of them does not know is not there;
/// one that they describe differently has the longest time limit, is a write when it is one for
/// any of them and slow when for any, wants every request field that any wants; its route, schemas
/// and other texts are those of the description that promises least. The order of the descriptions
/// makes no difference, so all brokers show the same. At least one.
service_description shown_description(std::span<const service_description* const>);

} // namespace postbus::bus

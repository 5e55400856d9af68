#pragma once

#include "bus/metric_report.hpp"

namespace postbus::bus {

/// Adds what the kernel knows of this process: its start, memory, processor time and descriptors.
/// Reads /proc, which takes some 50 µs: for reports, not for requests.
void add_process_metrics(metric_report&);

} // namespace postbus::bus

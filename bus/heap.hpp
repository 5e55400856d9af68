#pragma once

namespace postbus::bus {

/// Lets the allocator keep what it got: by default glibc returns the top of the heap to the system
/// whenever 128 KiB are free there, and a batch that allocates and frees as much pays two system
/// calls and the page faults for it again and again. To be called first in main.
void keep_heap();

} // namespace postbus::bus

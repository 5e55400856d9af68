#include "bus/heap.hpp"

#include <malloc.h>

namespace postbus::bus {

void keep_heap() {
    constexpr int kept = 8 * 1024 * 1024;
    constexpr int mapped_from = 2 * 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, kept);
    mallopt(M_MMAP_THRESHOLD, mapped_from);
}

} // namespace postbus::bus

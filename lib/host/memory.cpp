#include <fleetman/host/memory.hpp>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace fleetman::host {
namespace {

// Segments that nobody writes to are as in their file (there are no text relocations on the systems that we build for),
// so dropping a page loses nothing (madvise(2), MADV_DONTNEED).
int drop_unwritten(dl_phdr_info* object, std::size_t /*size*/, void* /*data*/)
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0)
            continue;
        const std::uintptr_t first = (object->dlpi_addr + segment.p_vaddr) / page * page;
        const std::uintptr_t behind = object->dlpi_addr + segment.p_vaddr + segment.p_filesz;
        (void)::madvise(
            reinterpret_cast<void*>(first), behind - first, MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
    }
    return 0;
}

} // namespace

void give_back_memory()
{
    ::malloc_trim(0);
    ::dl_iterate_phdr(drop_unwritten, nullptr);
}

} // namespace fleetman::host

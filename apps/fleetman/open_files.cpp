#include "open_files.hpp"

#include <sys/resource.h>

namespace fleetman::app {

void raise_open_files()
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max)
        return;
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files); // the hard limit is allowed to everybody
}

} // namespace fleetman::app

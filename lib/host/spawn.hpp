#pragma once

#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/host/process.hpp>

#include <sys/types.h>

// Starting a child without fork: posix_spawn costs 3 ms where forking a process of 500 MB costs 78, and
// addclosefrom_np leaves no descriptor of ours open in it.

namespace fleetman::host {

struct child
{
    pid_t pid = -1; // also its process group
    descriptor pidfd;
    descriptor end_notice; // another pidfd, to wait on before the first one's owner reaps
    descriptor out;        // our ends of its two outputs
    descriptor err;
};

result<child> spawn(const command& what);

} // namespace fleetman::host

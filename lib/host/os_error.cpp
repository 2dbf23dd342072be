#include <fleetman/host/os_error.hpp>

#include <cerrno>
#include <system_error>

namespace fleetman::host {
namespace {

errc code_of(int number)
{
    switch (number) {
    case ENOENT: return errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return errc::denied;
    case EEXIST:
    case ENOTEMPTY: return errc::conflict;
    case ELOOP:
    case ENOTDIR:
    case ENAMETOOLONG: return errc::invalid;
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: return errc::unavailable;
    case EXDEV: return errc::unsupported;
    default: return errc::failed;
    }
}

} // namespace

error os_error(std::string_view doing, int number)
{
    return error(code_of(number), std::string(doing) + ": " + std::generic_category().message(number));
}

} // namespace fleetman::host

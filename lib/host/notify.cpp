#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/notify.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace fleetman::host {

bool notify_service_manager(std::string_view state)
{
    const char* const name = std::getenv("NOTIFY_SOCKET");
    if (name == nullptr)
        return false;
    const std::string_view path(name);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@')
        address.sun_path[0] = '\0'; // an abstract socket
    const descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + path.size());
    return socket && ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                         reinterpret_cast<const ::sockaddr*>(&address), length) == static_cast<ssize_t>(state.size());
}

std::optional<milliseconds> watchdog_limit()
{
    const char* const limit = std::getenv("WATCHDOG_USEC");
    const char* const process = std::getenv("WATCHDOG_PID");
    if (limit == nullptr || (process != nullptr && parse_integer<pid_t>(process) != ::getpid()))
        return std::nullopt;
    const auto microseconds = parse_integer<std::uint32_t>(limit);
    if (!microseconds || *microseconds < 1000)
        return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(*microseconds));
}

} // namespace fleetman::host

#include <fleetman/core/file_writing.hpp>

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace fleetman {

error file_failure(std::string_view doing, const std::filesystem::path& file)
{
    const int code = errno;
    const bool refused = code == EACCES || code == EPERM || code == EROFS;
    return {refused ? errc::denied : errc::failed,
        std::string(doing) + ' ' + file.string() + ": " + std::generic_category().message(code)};
}

result<void> write_all(const descriptor& file, std::string_view content, const std::filesystem::path& named)
{
    while (!content.empty()) {
        const ssize_t written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return file_failure("write", named);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

} // namespace fleetman

#include <fleetman/core/log_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace fleetman::log {
namespace {

constexpr mode_t file_mode = 0640;
constexpr std::string_view ending = ".log";
constexpr std::string_view date_shape = "0000-00-00";
constexpr std::string_view hour_shape = "_00";

std::string local(wall_time when, const char* pattern)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(when));
    std::tm fields{};
    ::localtime_r(&seconds, &fields);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), pattern, &fields)};
}

bool has_shape(std::string_view text, std::string_view shape)
{
    if (text.size() != shape.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i])
            return false;
    }
    return true;
}

// "agent_2026-01-05_10.log" → "2026-01-05"; empty for a name that is none of ours.
std::string_view date_in(std::string_view name, std::string_view prefix)
{
    if (!name.starts_with(prefix) || !name.ends_with(ending) || name.size() < prefix.size() + ending.size() + 1)
        return {};
    name.remove_suffix(ending.size());
    name.remove_prefix(prefix.size());
    if (!name.starts_with('_'))
        return {};
    name.remove_prefix(1);
    const std::string_view date = name.substr(0, date_shape.size());
    const std::string_view hour = name.substr(date.size());
    return has_shape(date, date_shape) && (hour.empty() || has_shape(hour, hour_shape)) ? date : std::string_view();
}

} // namespace

std::string file_name(const file_settings& with, wall_time when)
{
    switch (with.rotate) {
    case rotation::never: break;
    case rotation::daily: return with.prefix + '_' + local(when, "%Y-%m-%d") + std::string(ending);
    case rotation::hourly: return with.prefix + '_' + local(when, "%Y-%m-%d_%H") + std::string(ending);
    }
    return with.prefix + std::string(ending);
}

result<void> file::write(std::string_view text, wall_time when)
{
    result<void> turned;
    if (std::string name = file_name(with_, when); name != current_)
        turned = turn_to(name, when);
    if (open_ < 0)
        return turned;
    while (!text.empty()) {
        const ssize_t count = ::write(open_, text.data(), text.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fleetman::error(errc::failed, "write " + current_ + ": " + std::strerror(errno));
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return turned;
}

result<void> file::turn_to(const std::string& name, wall_time when)
{
    const std::filesystem::path path = with_.directory / name;
    const int opened = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, file_mode);
    if (opened < 0)
        return fleetman::error(errc::failed, "open " + path.string() + ": " + std::strerror(errno));
    close();
    open_ = opened;
    current_ = name;
    remove_old(when);
    return result<void>();
}

// A failure is none of the log's lines: what could not be removed is there at the next turn.
void file::remove_old(wall_time now) const
{
    if (with_.rotate == rotation::never)
        return;
    const std::string oldest_kept = local(now - with_.keep, "%Y-%m-%d");
    std::error_code ended;
    for (std::filesystem::directory_iterator each(with_.directory, ended), end; !ended && each != end;
        each.increment(ended)) {
        const std::string name = each->path().filename().string();
        const std::string_view date = date_in(name, with_.prefix);
        std::error_code ignored;
        if (!date.empty() && date < oldest_kept &&
            each->symlink_status(ignored).type() == std::filesystem::file_type::regular)
            std::filesystem::remove(each->path(), ignored);
    }
}

void file::close()
{
    if (open_ >= 0)
        ::close(std::exchange(open_, -1));
}

} // namespace fleetman::log

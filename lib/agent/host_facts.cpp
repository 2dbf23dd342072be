#include <fleetman/agent/host_facts.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/files.hpp>

#include <unistd.h>

#include <array>

namespace fleetman::agent {
namespace {

constexpr std::uint64_t fact_max_bytes = std::uint64_t{64} * 1024;
constexpr std::size_t text_max_bytes = 200;

std::string contents(const char* path)
{
    const result<std::string> text = host::read_file(path, fact_max_bytes);
    return text ? *text : std::string();
}

std::optional<std::string> printable(std::string_view text)
{
    if (text.empty() || text.size() > text_max_bytes || has_control_character(text) || !is_utf8(text))
        return std::nullopt;
    return std::string(text);
}

std::optional<std::string> host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? printable(name.data()) : std::nullopt;
}

} // namespace

std::optional<std::string> os_name(std::string_view os_release)
{
    constexpr std::string_view key = "PRETTY_NAME=";
    for (const std::string& line : split(os_release, '\n')) {
        if (!line.starts_with(key))
            continue;
        std::string_view value = trimmed(std::string_view(line).substr(key.size()));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        return printable(value);
    }
    return std::nullopt;
}

std::optional<std::int64_t> load_percent(std::string_view loadavg)
{
    const std::string_view first = loadavg.substr(0, loadavg.find(' '));
    const std::size_t dot = first.find('.');
    if (dot == std::string_view::npos || first.size() != dot + 3)
        return std::nullopt;
    const auto whole = parse_integer<std::int64_t>(first.substr(0, dot));
    const auto hundredths = parse_integer<std::int64_t>(first.substr(dot + 1));
    if (!whole || !hundredths || *whole < 0 || *whole > 1'000'000 || *hundredths < 0)
        return std::nullopt;
    return *whole * 100 + *hundredths;
}

std::optional<std::int64_t> memory_bytes(std::string_view meminfo, std::string_view name)
{
    constexpr std::int64_t kib = 1024;
    constexpr std::int64_t most = std::int64_t{1} << 50;
    for (const std::string& line : split(meminfo, '\n')) {
        std::string_view rest = line;
        if (!rest.starts_with(name) || rest.substr(name.size(), 1) != ":" || !rest.ends_with(" kB"))
            continue;
        rest.remove_prefix(name.size() + 1);
        rest.remove_suffix(3);
        const auto value = parse_integer<std::int64_t>(trimmed(rest));
        return value && *value >= 0 && *value < most ? std::optional(*value * kib) : std::nullopt;
    }
    return std::nullopt;
}

host_facts read_host_facts(const settings& with)
{
    const std::string memory = contents("/proc/meminfo");
    host_facts read{.hostname = host_name(),
        .os = os_name(contents("/etc/os-release")),
        .boot_id = printable(trimmed(contents("/proc/sys/kernel/random/boot_id"))),
        .load_percent = load_percent(contents("/proc/loadavg")),
        .memory_total_bytes = memory_bytes(memory, "MemTotal"),
        .memory_available_bytes = memory_bytes(memory, "MemAvailable"),
        .disk_free_bytes = {}};
    for (const auto profile : deployable_profiles)
        if (const profile_folders* const folders = with.folders_of(profile))
            if (const auto space = host::free_space(folders->services))
                read.disk_free_bytes[folders->services.string()] = static_cast<std::int64_t>(space->bytes);
    return read;
}

} // namespace fleetman::agent

#pragma once

#include <fleetman/core/result.hpp>

#include <chrono>
#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

// One line an event: "time level module event key=value …". Event names are stable, because people alert on
// them; everything that varies is in the fields. Written through spdlog; never give it a secret.

namespace fleetman::log {

enum class level
{
    debug,
    info,
    warning,
    error
};

struct field
{
    field(std::string_view k, std::string_view v) : key(k), value(v) {}
    field(std::string_view k, const char* v) : key(k), value(v) {}
    field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
    field(std::string_view k, std::chrono::milliseconds v) : key(k), value(std::to_string(v.count()) + "ms") {}

    std::string_view key;
    std::string value;
};

using fields = std::initializer_list<field>;

void write(level severity, std::string_view module, std::string_view event, fields with = {});

// Whether lines of this level are written: for who would make the fields of many that are not.
bool is_wanted(level severity);

inline void debug(std::string_view module, std::string_view event, fields with = {})
{
    write(level::debug, module, event, with);
}
inline void info(std::string_view module, std::string_view event, fields with = {})
{
    write(level::info, module, event, with);
}
inline void warning(std::string_view module, std::string_view event, fields with = {})
{
    write(level::warning, module, event, with);
}
inline void error(std::string_view module, std::string_view event, fields with = {})
{
    write(level::error, module, event, with);
}

enum class rotation
{
    never,
    daily,
    hourly
};

struct settings
{
    level least = level::info;
    bool json = false;
    // Empty: standard error. Otherwise files of this folder (log_file.hpp).
    std::filesystem::path directory;
    std::string file_prefix = "fleetman";
    rotation rotate = rotation::daily;
    std::chrono::days keep{14}; // how long files that are rotated stay
};

// Call once, before other threads log. Fails with failed when the folder cannot be written.
result<void> configure(const settings& wanted);

// Goes on in a new file when somebody has moved the one that is written to.
void reopen();

} // namespace fleetman::log

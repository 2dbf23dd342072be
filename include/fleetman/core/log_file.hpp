#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/log.hpp>

#include <filesystem>
#include <string>
#include <string_view>

// A log in a folder, in a new file each day or hour; files that are older than they are to be kept go.

namespace fleetman::log {

struct file_settings
{
    std::filesystem::path directory;
    std::string prefix;
    rotation rotate = rotation::daily;
    std::chrono::days keep{14}; // of files that are rotated
};

// By local time, as the lines in it: "agent_2026-01-05.log", "agent_2026-01-05_10.log", or "agent.log" when it is
// never rotated.
std::string file_name(const file_settings& with, wall_time when);

class file
{
public:
    explicit file(file_settings with) : with_(std::move(with)) {}
    ~file() { close(); }
    file(const file&) = delete;
    file& operator=(const file&) = delete;

    // Appends to the file of that moment; the first time, also removes what is too old: files of exactly our names, by
    // the date in them. Fails with failed, and goes on with the file before when there is no new one to be had.
    result<void> write(std::string_view text, wall_time when);

    // The next write opens its file anew: somebody may have moved it.
    void reopen() { current_.clear(); }

private:
    result<void> turn_to(const std::string& name, wall_time when);
    void remove_old(wall_time now) const;
    void close();

    file_settings with_;
    std::string current_; // the name of the open file
    int open_ = -1;
};

} // namespace fleetman::log

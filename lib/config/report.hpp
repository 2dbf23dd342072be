#pragma once

#include <fleetman/core/result.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Collects what is wrong with a configuration file, so that a person sees all of it at once and where it is.

namespace fleetman::config {

class report
{
public:
    explicit report(std::string_view file) : file_(file) {}

    // What keeps the file from being used. `line` 0: of no line in particular.
    void mistake(std::size_t line, std::string path, std::string message);
    // What a person should know, and no more.
    void warning(std::size_t line, std::string_view path, std::string_view message);

    bool failed() const noexcept { return !mistakes_.empty(); }
    // All mistakes as one error: in fields(), and in the message a line for each, in the file's order.
    error to_error();
    std::vector<std::string> take_warnings() { return std::move(warnings_); }

private:
    std::string line_of(std::size_t line, std::string_view path, std::string_view message) const;

    std::string file_;
    std::multimap<std::size_t, field_error> mistakes_; // by line
    std::vector<std::string> warnings_;
};

} // namespace fleetman::config

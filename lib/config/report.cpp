#include "report.hpp"

namespace fleetman::config {

void report::mistake(std::size_t line, std::string path, std::string message)
{
    mistakes_.emplace(line, field_error{std::move(path), std::move(message)});
}

void report::warning(std::size_t line, std::string_view path, std::string_view message)
{
    warnings_.push_back(line_of(line, path, message));
}

std::string report::line_of(std::size_t line, std::string_view path, std::string_view message) const
{
    std::string text = file_;
    if (line != 0)
        text += ':' + std::to_string(line);
    text += ": ";
    if (!path.empty())
        text.append(path).append(": ");
    return text.append(message);
}

error report::to_error()
{
    std::string message;
    std::vector<field_error> fields;
    for (auto& [line, mistake] : mistakes_) {
        if (!message.empty())
            message += '\n';
        message += line_of(line, mistake.field, mistake.message);
        fields.push_back(std::move(mistake));
    }
    return error::violations(std::move(message), std::move(fields));
}

} // namespace fleetman::config

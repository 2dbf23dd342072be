#include "metrics_text.hpp"

#include <array>
#include <charconv>

namespace fleetman::api {

namespace {

std::string escaped(std::string_view value)
{
    std::string text;
    for (const char c : value) {
        if (c == '\\' || c == '"')
            text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text;
}

} // namespace

void metrics_text::metric(std::string_view name, std::string_view type, std::string_view help)
{
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void metrics_text::name_with(labels with)
{
    text_ += name_;
    char before = '{';
    for (const auto& [name, value] : with) {
        text_ += before;
        text_.append(name).append("=\"").append(escaped(value)).append("\"");
        before = ',';
    }
    text_ += with.size() == 0 ? " " : "} ";
}

void metrics_text::sample(labels with, double value)
{
    std::array<char, 32> digits{};
    const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    name_with(with);
    text_.append(digits.data(), end).append("\n");
}

void metrics_text::sample(labels with, std::uint64_t value)
{
    name_with(with);
    text_.append(std::to_string(value)).append("\n");
}

} // namespace fleetman::api

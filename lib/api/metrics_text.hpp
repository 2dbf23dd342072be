#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

// Prometheus' text format, version 0.0.4.

namespace fleetman::api {

class metrics_text
{
public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // Begins a metric; `type` is gauge or counter. Its samples follow.
    void metric(std::string_view name, std::string_view type, std::string_view help);
    void sample(labels with, double value);
    void sample(labels with, std::uint64_t value);
    void sample(double value) { sample({}, value); }
    void sample(std::uint64_t value) { sample({}, value); }

    std::string take() { return std::move(text_); }

private:
    void name_with(labels with);

    std::string name_;
    std::string text_;
};

} // namespace fleetman::api

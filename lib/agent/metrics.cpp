#include <fleetman/agent/metrics.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/files.hpp>

#include <unistd.h>

namespace fleetman::agent {
namespace {

constexpr std::string_view prefix = "fleetman_agent_";

class text_format
{
public:
    void begin(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = std::string(prefix) + std::string(name);
        text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
    }

    template <class Number>
    void add(Number value, std::string_view label = {}, std::string_view of = {})
    {
        text_ += name_;
        if (!label.empty())
            text_ += '{' + std::string(label) + "=\"" + std::string(of) + "\"}";
        text_ += ' ' + std::to_string(value) + '\n';
    }

    template <class Number>
    void one(std::string_view name, std::string_view type, std::string_view help, Number value)
    {
        begin(name, type, help);
        add(value);
    }

    std::string take() { return std::move(text_); }

private:
    std::string name_;
    std::string text_;
};

} // namespace

std::string as_prometheus_text(const metrics& value)
{
    text_format text;
    text.begin("deployments_total", "counter", "Deployments that ended, by result.");
    for (const auto& [result, count] : value.deployments)
        text.add(count, "result", result);
    text.begin("cells", "gauge", "Cells of this node, by state.");
    for (const auto& [state, count] : value.cells)
        text.add(count, "state", state);
    text.one("polls_total", "counter", "Polls of the bucket.", value.polls);
    text.one("poll_failures_total", "counter", "Polls that failed.", value.poll_failures);
    text.one("downloaded_bytes_total", "counter", "Bytes of files downloaded for releases.", value.downloaded_bytes);
    if (value.seconds_since_last_poll)
        text.one("last_successful_poll_age_seconds", "gauge", "Seconds since the last poll that succeeded.",
            *value.seconds_since_last_poll);
    if (value.resident_bytes)
        text.one("resident_memory_bytes", "gauge", "Resident memory of the agent.", *value.resident_bytes);
    return text.take();
}

std::optional<std::int64_t> resident_bytes()
{
    constexpr std::uint64_t statm_max_bytes = 4096;
    const result<std::string> text = host::read_file("/proc/self/statm", statm_max_bytes);
    if (!text)
        return std::nullopt;
    const std::vector<std::string> fields = split(*text, ' ');
    const auto pages = fields.size() > 1 ? parse_integer<std::int64_t>(fields[1]) : std::nullopt;
    return pages ? std::optional(*pages * ::sysconf(_SC_PAGESIZE)) : std::nullopt;
}

} // namespace fleetman::agent

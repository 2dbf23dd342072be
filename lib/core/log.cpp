#include <fleetman/core/log.hpp>
#include <fleetman/core/log_file.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

namespace fleetman::log {
namespace {

std::atomic<bool> as_json{false};

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

spdlog::level::level_enum severity_of(level value)
{
    switch (value) {
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warning: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

// A line belongs to the file of its own time.
class file_sink final : public spdlog::sinks::base_sink<std::mutex>
{
public:
    explicit file_sink(const settings& wanted)
        : written_({wanted.directory, wanted.file_prefix, wanted.rotate, wanted.keep})
    {
        check(written_.write("", std::chrono::system_clock::now())); // a folder that cannot be used is found now
    }

    void reopen()
    {
        const std::lock_guard<std::mutex> alone(mutex_);
        written_.reopen();
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        check(written_.write({line.data(), line.size()}, message.time));
    }
    void flush_() override {} // nothing is held back

    // spdlog tells it on standard error, once a second at most.
    static void check(const result<void>& done)
    {
        if (!done)
            throw spdlog::spdlog_ex(done.error().message());
    }

    file written_;
};

std::shared_ptr<file_sink>& sink_of_files()
{
    static std::shared_ptr<file_sink> instance; // none: standard error
    return instance;
}

std::shared_ptr<spdlog::logger> make_logger(const settings& wanted)
{
    spdlog::sink_ptr sink;
    if (wanted.directory.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink_of_files().reset();
    } else {
        sink_of_files() = std::make_shared<file_sink>(wanted);
        sink = sink_of_files();
    }
    auto made = std::make_shared<spdlog::logger>("fleetman", std::move(sink));
    made->set_level(severity_of(wanted.least));
    made->set_pattern(wanted.json ? json_pattern : text_pattern);
    made->flush_on(spdlog::level::info);
    return made;
}

std::shared_ptr<spdlog::logger>& logger()
{
    static std::shared_ptr<spdlog::logger> instance = make_logger({});
    return instance;
}

bool needs_quotes(std::string_view value)
{
    return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
        return c == ' ' || c == '"' || c == '=' || static_cast<unsigned char>(c) < 0x20;
    });
}

std::string json_quoted(std::string_view text)
{
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string text_line(std::string_view module, std::string_view event, fields with)
{
    std::string line(module);
    line.append(" ").append(event);
    for (const field& one : with) {
        line.append(" ").append(one.key).append("=");
        line.append(needs_quotes(one.value) ? json_quoted(one.value) : one.value);
    }
    return line;
}

std::string json_line(std::string_view module, std::string_view event, fields with)
{
    std::string line = "\"module\":" + json_quoted(module) + ",\"event\":" + json_quoted(event);
    for (const field& one : with)
        line.append(",").append(json_quoted(one.key)).append(":").append(json_quoted(one.value));
    return line;
}

} // namespace

void write(level severity, std::string_view module, std::string_view event, fields with)
{
    const auto& target = logger();
    const auto wanted = severity_of(severity);
    if (!target->should_log(wanted))
        return;
    const std::string line = as_json ? json_line(module, event, with) : text_line(module, event, with);
    target->log(wanted, "{}", line);
}

bool is_wanted(level severity)
{
    return logger()->should_log(severity_of(severity));
}

result<void> configure(const settings& wanted)
{
    try {
        if (!wanted.directory.empty())
            std::filesystem::create_directories(wanted.directory);
        logger() = make_logger(wanted);
        as_json = wanted.json;
    } catch (const std::exception& failure) {
        return fleetman::error(errc::failed, "cannot log to " + wanted.directory.string() + ": " + failure.what());
    }
    return result<void>();
}

void reopen()
{
    if (const std::shared_ptr<file_sink>& sink = sink_of_files())
        sink->reopen();
}

} // namespace fleetman::log

#include "sections.hpp"

#include <fleetman/config/controller_config.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

namespace fleetman::config {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t most_attempts = 1000;
constexpr milliseconds longest_delay{3'600'000};

bool has_scheme(std::string_view endpoint)
{
    const std::string lower = lower_case(endpoint.substr(0, 8));
    return lower.compare(0, 7, "http://") == 0 || lower == "https://";
}

} // namespace

std::optional<bucket_connection> read_connection(yaml_fields& fields, std::string_view bucket_key, need path_style,
    std::optional<model::key_prefix> prefix, report& into)
{
    auto bucket = fields.filled_text(bucket_key, need::required);
    auto endpoint = fields.filled_text("endpoint", need::required);
    auto access_key = fields.text("access_key", need::required);
    auto secret_key = fields.text("secret_key", need::required);
    const auto by_path = fields.boolean("path_style", path_style);
    auto region = fields.filled_text("region", need::optional);
    auto token = fields.filled_text("session_token", need::optional);
    auto ca_file = fields.filled_text("ca_file", need::optional);
    if (endpoint && !has_scheme(*endpoint))
        into.warning(fields.line(), fields.path("endpoint"),
            "should begin with https:// or http://; found " + in_quotes(*endpoint));
    if (!bucket || !endpoint || !access_key || !secret_key || !prefix)
        return std::nullopt;
    return bucket_connection{.bucket = *std::move(bucket),
        .endpoint = *std::move(endpoint),
        .access_key = *std::move(access_key),
        .secret_key = secret(*std::move(secret_key)),
        .path_style = by_path.value_or(false),
        .prefix = *std::move(prefix),
        .region = region.value_or("us-east-1"),
        .session_token = token ? std::optional(secret(*std::move(token))) : std::nullopt,
        .ca_file = std::move(ca_file)};
}

retry_settings read_retry(yaml_fields& fields)
{
    retry_settings retry;
    // The original takes 0 for a single attempt.
    if (const auto count = fields.nearest_integer("s3_retry_count", 0, most_attempts, need::optional))
        retry.attempts = std::max(1U, static_cast<unsigned>(*count));
    if (const auto delay =
            fields.nearest_duration_ms("s3_retry_delay_ms", milliseconds(0), longest_delay, need::optional))
        retry.delay = *delay;
    return retry;
}

result<std::string> read_config_file(const std::filesystem::path& file)
{
    const auto failure = [&](errc code, const std::string& why) {
        return error(code, "read " + file.string() + ": " + why);
    };
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
        return failure(errc::invalid, "is a folder");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        const errc code = errno == ENOENT ? errc::not_found : errno == EACCES ? errc::denied : errc::failed;
        return failure(code, std::generic_category().message(errno));
    }
    std::string text;
    std::array<char, std::size_t{64} << 10> block{};
    while (stream) {
        stream.read(block.data(), block.size());
        text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
        if (text.size() > config_max_bytes)
            return failure(errc::too_large, "has more than " + std::to_string(config_max_bytes) + " bytes, the limit");
    }
    if (stream.bad())
        return failure(errc::failed, "cannot be read to its end");
    return text;
}

result<yaml_node> parse_config_yaml(std::string_view yaml, std::string_view name)
{
    result<yaml_node> tree = parse_yaml(yaml);
    if (!tree) {
        std::string message = std::string(name) + ':' + tree.error().message();
        return error::violations(message, {{"", message}});
    }
    return tree;
}

} // namespace fleetman::config

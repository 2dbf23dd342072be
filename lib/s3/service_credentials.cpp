#include "passing_credentials.hpp"
#include "plain_hosts.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/net/connect.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>

#include <fstream>
#include <iterator>

// Credentials that the machine's or the container's platform hands out over HTTP.

namespace fleetman::s3 {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds connect_limit = 1s; // where there is no such service, nobody answers
constexpr milliseconds answer_limit = 5s;
constexpr std::size_t answer_max_bytes = 65'536;

// "http://host:port/path?query" cut in two.
struct service_url
{
    net::endpoint at;
    std::string target;
};

result<service_url> parse_url(std::string_view url)
{
    const std::size_t host = url.find("://");
    const std::size_t path = host == std::string_view::npos ? host : url.find('/', host + 3);
    const bool has_path = path != std::string_view::npos;
    result<net::endpoint> at = net::parse_endpoint(url.substr(0, path));
    if (!at)
        return at.error();
    return service_url{std::move(*at), has_path ? std::string(url.substr(path)) : "/"};
}

task<result<std::string>> ask(net::endpoint at, net::http_call call)
{
    std::shared_ptr<const net::tls_trust> trust;
    if (at.tls) {
        auto system = net::tls_trust::system();
        if (!system)
            co_return system.error();
        trust = *system;
    }
    auto stream =
        at.tls ? co_await net::connect_tls(at.at, trust, connect_limit) : co_await net::connect(at.at, connect_limit);
    if (!stream)
        co_return stream.error();
    call.host = at.host_header();
    const std::string asked = at.url() + call.target;
    const auto answer = co_await net::exchange_once(**stream, std::move(call), answer_max_bytes, answer_limit);
    if (!answer)
        co_return answer.error().within(asked);
    if (answer->status != 200 || answer->truncated)
        co_return error(answer->status >= 500 ? errc::unavailable : errc::denied,
            asked + ": HTTP " + std::to_string(answer->status));
    co_return answer->body;
}

// A token first, which no request that was tricked into being sent can have ("Use IMDSv2").
task<result<passing_credentials>> ask_instance(net::endpoint at)
{
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    const result<std::string> token =
        co_await ask(at, {.method = "PUT",
                             .target = "/latest/api/token",
                             .host = {},
                             .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}}});
    if (!token)
        co_return token.error();
    const std::vector<std::pair<std::string, std::string>> headers{{"X-aws-ec2-metadata-token", *token}};
    const result<std::string> role = co_await ask(at, {.target = roles, .host = {}, .headers = headers});
    if (!role)
        co_return role.error();
    const std::string first(trimmed(role->substr(0, role->find('\n'))));
    if (first.empty() || first.find_first_of(" /?#") != std::string::npos)
        co_return error(errc::invalid, at.url() + roles + ": " + in_quotes(first) + " is no role");
    const result<std::string> document = co_await ask(at, {.target = roles + first, .host = {}, .headers = headers});
    if (!document)
        co_return document.error();
    result<passing_credentials> told = parse_service_answer(*document);
    if (!told)
        co_return told.error().within(at.url() + roles + first);
    co_return told;
}

result<std::string> authorization_of(const container_endpoint& from)
{
    if (from.token_file.empty())
        return from.authorization.reveal();
    std::ifstream file(from.token_file, std::ios::binary);
    std::string token((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file && token.empty())
        return error(errc::denied, "cannot read " + from.token_file.string());
    return std::string(trimmed(token));
}

task<result<passing_credentials>> ask_container(container_endpoint from)
{
    const result<service_url> url = parse_url(from.url);
    if (!url)
        co_return url.error();
    if (!url->at.tls && !may_be_plain(url->at.at.host))
        co_return error(errc::denied, "credentials are not asked of " + url->at.url() + " without TLS");
    const result<std::string> authorization = authorization_of(from);
    if (!authorization)
        co_return authorization.error();
    net::http_call call{.target = url->target, .host = {}};
    if (!authorization->empty())
        call.headers.emplace_back("Authorization", *authorization);
    const result<std::string> document = co_await ask(url->at, std::move(call));
    if (!document)
        co_return document.error();
    result<passing_credentials> told = parse_service_answer(*document);
    if (!told)
        co_return told.error().within(url->at.url());
    co_return told;
}

} // namespace

std::shared_ptr<credential_source> instance_credentials(std::string service, clock& time)
{
    return kept_credentials(
        [service]() -> task<result<passing_credentials>> {
            return [](std::string url) -> task<result<passing_credentials>> {
                const result<net::endpoint> at = net::parse_endpoint(url);
                if (!at)
                    co_return at.error();
                co_return co_await ask_instance(*at);
            }(service);
        },
        time);
}

std::shared_ptr<credential_source> container_credentials(container_endpoint from, clock& time)
{
    return kept_credentials([from] { return ask_container(from); }, time);
}

} // namespace fleetman::s3

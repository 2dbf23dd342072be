#include <fleetman/agent/health.hpp>
#include <fleetman/core/deadline.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/process.hpp>
#include <fleetman/net/connect.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>

#include <algorithm>
#include <variant>

namespace fleetman::agent {
namespace {

constexpr std::size_t most_body = std::size_t{64} * 1024;
constexpr std::size_t most_output = std::size_t{64} * 1024;

using stream = std::unique_ptr<net::byte_stream>;

task<result<stream>> open(model::check_target to, milliseconds limit)
{
    const net::address at{to.host, to.port};
    if (to.tls)
        co_return co_await net::connect_tls(at, net::tls_trust::unverified(), limit);
    co_return co_await net::connect(at, limit);
}

task<result<net::http_answer>> ask(model::check_target target, milliseconds limit)
{
    result<stream> opened = co_await open(target, limit);
    if (!opened)
        co_return opened.error();
    const net::endpoint at{target.tls, {target.host, target.port}};
    net::http_call call{.target = target.path, .host = at.host_header()};
    co_return co_await net::exchange_once(**opened, std::move(call), most_body, limit);
}

task<result<void>> try_http(model::http_check probe, milliseconds timeout)
{
    const result<model::check_target> target = model::parse_check_url(probe.url);
    if (!target)
        co_return target.error();
    task<result<net::http_answer>> asked = ask(*target, timeout);
    const result<net::http_answer> answer = co_await with_deadline(std::move(asked), timeout);
    if (!answer)
        co_return answer.error();
    const bool fine = probe.status ? answer->status == *probe.status : answer->status / 100 == 2;
    if (!fine)
        co_return error(errc::failed, "it answered " + std::to_string(answer->status) + " instead of " +
                                          (probe.status ? std::to_string(*probe.status) : "2xx") + ", with " +
                                          in_quotes(trimmed(answer->body)));
    if (answer->body.find(probe.body_contains) == std::string::npos)
        co_return error(
            errc::failed, "its answer lacks " + in_quotes(probe.body_contains) + "; it was " + in_quotes(answer->body));
    co_return result<void>();
}

task<result<void>> try_tcp(model::tcp_check probe, milliseconds timeout)
{
    const result<model::check_target> target = model::parse_check_address(probe.address);
    if (!target)
        co_return target.error();
    const result<stream> opened = co_await net::connect({target->host, target->port}, timeout);
    if (!opened)
        co_return opened.error();
    (*opened)->close();
    co_return result<void>();
}

// The environment of the agent may hold its credentials, which are not the service's.
std::vector<std::string> command_line(const model::exec_check& probe, const check_site& site)
{
    std::vector<std::string> line{"/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"};
    if (site.account)
        line = {"/usr/bin/setpriv", "--reuid=" + site.account->user, "--regid=" + site.account->group, "--init-groups",
            "--reset-env", "--"};
    line.insert(line.end(), probe.command.begin(), probe.command.end());
    return line;
}

std::string last_line(std::string_view text)
{
    const std::string_view shown = trimmed(text);
    return std::string(trimmed(shown.substr(shown.rfind('\n') + 1))); // npos + 1 is 0
}

task<result<void>> try_exec(model::exec_check probe, milliseconds timeout, check_site site)
{
    host::command what{.arguments = command_line(probe, site), .deadline = timeout, .max_output = most_output};
    what.working_directory = site.live;
    const result<host::outcome> seen = co_await host::run(std::move(what));
    if (!seen)
        co_return seen.error();
    if (seen->succeeded())
        co_return result<void>();
    std::string how = "it ended with exit code " + std::to_string(seen->exit_code);
    if (seen->timed_out)
        how = "it did not end within " + std::to_string(timeout.count()) + " ms";
    else if (seen->signal != 0)
        how = "it was killed by signal " + std::to_string(seen->signal);
    const std::string said = last_line(trimmed(seen->err).empty() ? seen->out : seen->err);
    co_return error(errc::failed, said.empty() ? how : how + ", with " + in_quotes(said));
}

error not_in_time(const model::health_check& check, unsigned tries, const std::string& seen)
{
    return error(errc::failed, "the health check " + check.str() + " did not pass within " +
                                   std::to_string(check.deadline.count()) + " ms, in " + std::to_string(tries) +
                                   " tries: " + seen);
}

task<result<void>> pass(
    const model::health_check& check, const check_site& site, clock& time, std::optional<error>& failure)
{
    const auto start = time.steady_now();
    unsigned tries = 0;
    unsigned in_a_row = 0;
    while (!failure) {
        const result<void> seen = co_await try_check(check, site);
        ++tries;
        in_a_row = seen ? in_a_row + 1 : 0;
        if (in_a_row >= check.successes)
            co_return result<void>();
        const auto spent = std::chrono::duration_cast<milliseconds>(time.steady_now() - start);
        if (spent + check.interval > check.deadline) {
            failure = not_in_time(check, tries,
                seen ? "only the last " + std::to_string(in_a_row) + " were fine" : seen.error().message());
            co_return *failure;
        }
        co_await time.sleep(check.interval);
    }
    co_return result<void>(); // another one's failure is the one to tell
}

} // namespace

task<result<void>> try_check(const model::health_check& check, const check_site& site)
{
    if (const auto* http = std::get_if<model::http_check>(&check.probe))
        co_return co_await try_http(*http, check.timeout);
    if (const auto* tcp = std::get_if<model::tcp_check>(&check.probe))
        co_return co_await try_tcp(*tcp, check.timeout);
    co_return co_await try_exec(std::get<model::exec_check>(check.probe), check.timeout, site);
}

task<result<void>> pass_checks(const health_checks& checks, clock& time, std::optional<error>& failure)
{
    co_return co_await for_each_concurrently(checks.all.size(), model::most_health_checks,
        [&](std::size_t i) { return pass(checks.all[i], checks.site, time, failure); });
}

} // namespace fleetman::agent

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/supervisor_rpc.hpp>
#include <fleetman/net/connect.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <memory>

namespace fleetman::host {
namespace json = boost::json;
namespace {

constexpr std::size_t most_answer = std::size_t{8} * 1024 * 1024; // about 1 KiB a program
constexpr milliseconds connect_limit = std::chrono::seconds(5);
constexpr std::string_view unix_scheme = "unix://";

// supervisord's faults (xmlrpc.Faults), also the status of each process in the answer about a group.
constexpr int fault_shutting_down = 6;
constexpr int fault_bad_name = 10;
constexpr int fault_already_started = 60;
constexpr int fault_not_running = 70;
constexpr int status_success = 80;
constexpr int fault_already_added = 90;
constexpr int fault_cant_reread = 92;

struct peer
{
    std::string host_header;
    std::unique_ptr<net::byte_stream> stream;
};

task<result<peer>> open(std::string url)
{
    if (url.starts_with(unix_scheme)) {
        auto stream = co_await net::connect_unix(url.substr(unix_scheme.size()), connect_limit);
        if (!stream)
            co_return stream.error();
        co_return peer{"localhost", *std::move(stream)};
    }
    const result<net::endpoint> at = net::parse_endpoint(url);
    if (!at || at->tls)
        co_return error(
            errc::invalid, in_quotes(url) + " is no supervisord: wanted is unix:///PATH or http://HOST:PORT");
    auto stream = co_await net::connect(at->at, connect_limit);
    if (!stream)
        co_return stream.error();
    co_return peer{at->host_header(), *std::move(stream)};
}

std::string text_at(const json::object& from, std::string_view key)
{
    const json::value* const found = from.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t number_at(const json::object& from, std::string_view key)
{
    const json::value* const found = from.if_contains({key.data(), key.size()});
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

error error_of(const rpc_fault& fault, const std::string& method)
{
    const errc code = fault.code == fault_bad_name ? errc::not_found : errc::failed;
    return error(code, "supervisord, " + method + ": " + fault.text);
}

// However it was not reached: nobody is there.
error silent(const error& why)
{
    const bool ours = why.code() == errc::invalid || why.code() == errc::cancelled;
    return ours ? why : error(errc::unavailable, why.message());
}

// A group's answer has a status for each of its processes.
result<void> all_did(const json::value& answer, int fine_too, const std::string& method)
{
    const json::array* const each = answer.if_array();
    for (const json::value& one : each == nullptr ? json::array() : *each) {
        const json::object* const process = one.if_object();
        if (process == nullptr)
            continue;
        const std::int64_t status = number_at(*process, "status");
        if (status != status_success && status != fine_too)
            return error(errc::failed, "supervisord, " + method + " of " + text_at(*process, "name") + ": " +
                                           text_at(*process, "description"));
    }
    return result<void>();
}

std::vector<std::string> names_at(const json::array& lists, std::size_t index)
{
    std::vector<std::string> names;
    const json::array* const list = index < lists.size() ? lists[index].if_array() : nullptr;
    for (const json::value& name : list == nullptr ? json::array() : *list)
        if (name.is_string())
            names.emplace_back(name.get_string());
    return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

std::vector<supervisor_process> processes_in(const json::value& answer)
{
    std::vector<supervisor_process> all;
    const json::array* const list = answer.if_array();
    for (const json::value& each : list == nullptr ? json::array() : *list) {
        const json::object* const info = each.if_object();
        if (info == nullptr)
            continue;
        supervisor_process seen{
            .group = text_at(*info, "group"), .name = text_at(*info, "name"), .word = text_at(*info, "statename")};
        const std::optional<service_phase> phase = supervisor_phase(seen.word);
        if (!phase || seen.group.empty())
            continue;
        seen.phase = *phase;
        if (const auto pid = static_cast<pid_t>(number_at(*info, "pid")); pid > 0)
            seen.pid = pid;
        // Set by an end that exitcodes= does not expect, and emptied by each start.
        const std::string fault = text_at(*info, "spawnerr");
        if (seen.phase == service_phase::finished && !fault.empty())
            seen.phase = service_phase::failed;
        if (seen.phase == service_phase::failed)
            seen.detail = fault;
        all.push_back(std::move(seen));
    }
    return all;
}

config_changes changes_in(const json::value& answer)
{
    const json::array* const wrapped = answer.if_array(); // [[added, changed, removed]]
    const json::array* const lists = wrapped != nullptr && !wrapped->empty() ? (*wrapped)[0].if_array() : nullptr;
    if (lists == nullptr)
        return {};
    return {names_at(*lists, 0), names_at(*lists, 1), names_at(*lists, 2)};
}

task<result<rpc_answer>> supervisor_rpc::call(std::string method, arguments with, milliseconds limit)
{
    const auto began = std::chrono::steady_clock::now();
    result<peer> to = co_await open(with_.server_url);
    if (!to)
        co_return silent(to.error()).within("supervisord at " + with_.server_url);
    net::http_call question{.method = "POST",
        .target = "/RPC2",
        .host = to->host_header,
        .headers = {{"Content-Type", "text/xml"}},
        .body = rpc_request("supervisor." + method, with)};
    const result<net::http_answer> answer =
        co_await net::exchange_once(*to->stream, std::move(question), most_answer, limit);
    // Past its deadline: a program that takes too long, unless supervisord does not answer anything else either.
    if (!answer && std::chrono::steady_clock::now() - began >= limit && method != "getState")
        if (const result<rpc_answer> alive = co_await call("getState", {}, with_.query_limit); alive)
            co_return error(errc::failed, answer.error().within("supervisord, " + method).message());
    if (!answer)
        co_return silent(answer.error()).within("supervisord at " + with_.server_url + ", " + method);
    if (answer->status == 401)
        co_return error(errc::denied, "supervisord at " + with_.server_url +
                                          " wants a password; without supervisor.socket, supervisorctl is used, which "
                                          "reads it from supervisor.config_file");
    if (answer->status != 200 || answer->truncated)
        co_return error(errc::failed, "supervisord at " + with_.server_url + ", " + method + ": HTTP " +
                                          std::to_string(answer->status) + (answer->truncated ? ", too long" : ""));
    result<rpc_answer> read = parse_rpc_answer(answer->body);
    if (read && read->fault && read->fault->code == fault_shutting_down)
        co_return error(errc::unavailable, "supervisord at " + with_.server_url + " is ending");
    co_return read;
}

task<result<json::value>> supervisor_rpc::ask(std::string method, arguments with, milliseconds limit)
{
    result<rpc_answer> answer = co_await call(method, std::move(with), limit);
    if (!answer)
        co_return answer.error();
    if (answer->fault)
        co_return error_of(*answer->fault, method);
    co_return std::move(answer->value);
}

task<result<void>> supervisor_rpc::check(std::filesystem::path /*definition*/)
{
    // A file can only be tried where it is included from. But whether somebody else's is broken shows beforehand, when
    // nothing is stopped yet; reading the configuration by itself changes nothing.
    const result<json::value> read = co_await ask("reloadConfig", {}, with_.query_limit);
    if (!read)
        co_return read.error().within("supervisord's configuration is broken already");
    co_return result<void>();
}

task<result<void>> supervisor_rpc::load(std::string name)
{
    const result<rpc_answer> read = co_await call("reloadConfig", {}, with_.query_limit);
    if (!read)
        co_return read.error();
    if (read->fault && read->fault->code == fault_cant_reread)
        co_return error(errc::invalid, "supervisord does not accept its configuration: " + read->fault->text);
    if (read->fault)
        co_return error_of(*read->fault, "reloadConfig");

    const config_changes found = changes_in(read->value);
    const bool changed = contains(found.changed, name);
    if (changed || contains(found.removed, name)) {
        if (const result<void> stopped = co_await stop(name); !stopped)
            co_return stopped;
        const result<json::value> removed = co_await ask("removeProcessGroup", {name}, with_.query_limit);
        if (!removed && removed.error().code() != errc::not_found)
            co_return removed.error();
    }
    if (!changed && !contains(found.added, name))
        co_return result<void>();
    const result<rpc_answer> added = co_await call("addProcessGroup", {name}, with_.query_limit);
    if (!added)
        co_return added.error();
    if (added->fault && added->fault->code != fault_already_added)
        co_return error_of(*added->fault, "addProcessGroup");
    co_return result<void>();
}

task<result<void>> supervisor_rpc::enable(std::string /*name*/)
{
    co_return result<void>();
}

task<result<void>> supervisor_rpc::disable(std::string /*name*/)
{
    co_return result<void>();
}

task<result<void>> supervisor_rpc::start(std::string name)
{
    constexpr bool wait =
        false; // else a program that is over before it is looked at counts as failed, whatever its end
    const result<json::value> started = co_await ask("startProcessGroup", {name, wait}, with_.change_limit);
    if (!started)
        co_return started.error();
    co_return all_did(*started, fault_already_started, "start");
}

task<result<void>> supervisor_rpc::stop(std::string name)
{
    const result<json::value> stopped = co_await ask("stopProcessGroup", {name, true}, with_.change_limit);
    if (!stopped)
        co_return stopped.error().code() == errc::not_found ? result<void>() : stopped.error();
    co_return all_did(*stopped, fault_not_running, "stop");
}

task<result<service_state>> supervisor_rpc::state(std::string name)
{
    const auto all = co_await states(name);
    if (!all)
        co_return all.error();
    const auto place = all->find(name);
    if (place == all->end())
        co_return service_state{.detail = "unknown to supervisord"};
    co_return place->second;
}

task<result<std::map<std::string, service_state>>> supervisor_rpc::states(std::string prefix)
{
    const result<json::value> answer = co_await ask("getAllProcessInfo", {}, with_.query_limit);
    if (!answer)
        co_return answer.error();
    std::map<std::string, service_state> all = states_by_group(processes_in(*answer));
    std::erase_if(all, [&](const auto& each) { return !each.first.starts_with(prefix); });
    co_return all;
}

} // namespace fleetman::host

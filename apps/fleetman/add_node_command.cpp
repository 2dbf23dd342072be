#include "commands.hpp"
#include "node_config.hpp"

#include <fleetman/config/controller_config.hpp>
#include <fleetman/config/loopback.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/net/connect.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/http_call.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Makes a node's key through the running controller, which alone has the embedded store open, and prints the agent's
// configuration with it.

namespace fleetman::app {

namespace json = boost::json;
using config::bucket_connection;
using config::controller_config;

namespace {

constexpr milliseconds patience(10'000);
constexpr std::size_t most_answer = std::size_t{64} * 1024;

struct add_node_arguments
{
    std::filesystem::path config = "controller_config.yaml";
    std::string node;
    std::string bucket;
    std::string endpoint;
    std::string controller;
    std::string token;
};

struct chosen_connection
{
    model::bucket_name name;
    bucket_connection settings;
};

result<chosen_connection> choose(const controller_config& config, const std::string& wanted)
{
    if (config.buckets.size() == 1 && wanted.empty())
        return chosen_connection{config.buckets.begin()->first, config.buckets.begin()->second};
    std::string names;
    for (const auto& [name, connection] : config.buckets) {
        if (name.str() == wanted)
            return chosen_connection{name, connection};
        names += (names.empty() ? "" : ", ") + name.str();
    }
    if (names.empty())
        return error(errc::not_found, "there is no bucket connection yet: make one on the controller's page first");
    return error(errc::invalid, "say which bucket connection with --bucket: " + names);
}

result<net::endpoint> controller_of(const config::web_console& console, const std::string& url)
{
    if (!url.empty())
        return net::parse_endpoint(url);
    if (console.port == 0)
        return error(
            errc::invalid, "the configuration leaves the port open: say where the controller is with --controller");
    const bool everywhere = console.bind == "0.0.0.0" || console.bind == "::";
    return net::endpoint{false, {everywhere ? "127.0.0.1" : console.bind, console.port}};
}

task<result<std::unique_ptr<net::byte_stream>>> open(net::endpoint to)
{
    if (!to.tls)
        co_return co_await net::connect(to.at, patience);
    auto trust = net::tls_trust::system();
    if (!trust)
        co_return trust.error();
    co_return co_await net::connect_tls(to.at, std::move(*trust), patience);
}

task<result<net::http_answer>> ask(net::endpoint at, net::http_call call)
{
    result<std::unique_ptr<net::byte_stream>> opened = co_await open(std::move(at));
    if (!opened)
        co_return opened.error().within("the controller has to run");
    co_return co_await net::exchange_once(**opened, std::move(call), most_answer, patience);
}

result<net::http_answer> run(task<result<net::http_answer>> work, boost::asio::io_context& loop)
{
    result<net::http_answer> outcome = error(errc::failed, "nothing was asked");
    boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr bug, result<net::http_answer> answer) {
        if (bug)
            std::rethrow_exception(bug);
        outcome = std::move(answer);
    });
    loop.run();
    return outcome;
}

error refusal(const net::http_answer& answer)
{
    boost::system::error_code broken;
    const json::value body = json::parse(answer.body, broken);
    const json::value* const detail = !broken && body.is_object() ? body.get_object().if_contains("detail") : nullptr;
    const std::string why = detail != nullptr && detail->is_string() ? std::string(detail->get_string())
                                                                     : "status " + std::to_string(answer.status);
    if (answer.status == 401)
        return error(errc::denied, why + ": give an admin's API token in FLEETMAN_TOKEN");
    return error(errc::failed, "the controller says: " + why);
}

struct new_key
{
    std::string id;
    secret secret_key;
};

result<new_key> read_key(const net::http_answer& answer)
{
    if (answer.status != 201)
        return refusal(answer);
    boost::system::error_code broken;
    const json::value body = json::parse(answer.body, broken);
    const auto* const id = !broken && body.is_object() ? body.get_object().if_contains("id") : nullptr;
    const auto* const key = !broken && body.is_object() ? body.get_object().if_contains("secret_key") : nullptr;
    if (id == nullptr || key == nullptr || !id->is_string() || !key->is_string())
        return error(errc::failed, "the controller's answer is not one that this program understands");
    return new_key{std::string(id->get_string()), secret(std::string(key->get_string()))};
}

result<new_key> make_key(const net::endpoint& controller, const model::bucket_name& connection,
    const model::node_id& node, const std::string& token)
{
    net::http_call call{.method = "POST",
        .target = "/api/v1/buckets/" + sigv4::encode(connection.str()) + "/keys",
        .host = controller.host_header(),
        .headers = {{"Content-Type", "application/json"}},
        .body = json::serialize(json::object{{"node", node.str()}})};
    if (!token.empty())
        call.headers.emplace_back("Authorization", "Bearer " + token);
    boost::asio::io_context loop(1);
    const auto answer = run(ask(controller, std::move(call)), loop);
    if (!answer)
        return answer.error();
    return read_key(*answer);
}

void warn_of_loopback(const std::string& endpoint)
{
    const auto parsed = net::parse_endpoint(endpoint);
    if (parsed && config::is_loopback(parsed->at.host))
        std::cerr
            << "warning: " << endpoint
            << " is reached from this machine alone; for another node set embedded_store.listen to an address that "
               "it reaches, and give --endpoint\n";
}

result<void> add_node(const add_node_arguments& arguments)
{
    const auto node = model::node_id::parse(arguments.node);
    if (!node)
        return node.error().within("NODE");
    const auto config = config::load_controller_config(arguments.config);
    if (!config)
        return config.error();
    auto connection = choose(config->value, arguments.bucket);
    if (!connection)
        return connection.error();
    bucket_connection& settings = connection->settings;
    if (!arguments.endpoint.empty())
        settings.endpoint = arguments.endpoint;
    if (const auto parsed = net::parse_endpoint(settings.endpoint); !parsed)
        return parsed.error();
    const auto controller = controller_of(config->value.console, arguments.controller);
    if (!controller)
        return controller.error().within("--controller");
    auto key = make_key(*controller, connection->name, *node, arguments.token);
    if (!key)
        return key.error();
    settings.access_key = std::move(key->id);
    settings.secret_key = std::move(key->secret_key);
    warn_of_loopback(settings.endpoint);
    std::cout << node_config(*node, settings) << std::flush;
    std::cerr << "This is shown once: keep it on " << node->str()
              << " as /etc/fleetman/agent_config.yaml with mode 0600, and start\n"
                 "  fleetagent run --config /etc/fleetman/agent_config.yaml\n";
    return std::cout ? result<void>() : result<void>(error(errc::failed, "it could not be written"));
}

} // namespace

void add_add_node_command(CLI::App& program, int& exit_code)
{
    const auto arguments = std::make_shared<add_node_arguments>();
    CLI::App* command = program.add_subcommand(
        "add-node", "Make a key for a new node in the embedded store, and print its agent's configuration");
    command->footer("The key opens what that node's agent needs and nothing of other nodes. The controller must be "
                    "running; when it asks for a login, put an admin's API token into FLEETMAN_TOKEN.");
    command->add_option("NODE", arguments->node, "The node's name, such as node01")->required();
    command->add_option("--config", arguments->config, "The controller's configuration file")->capture_default_str();
    command->add_option("--bucket", arguments->bucket, "The bucket connection; needed when there are several");
    command->add_option("--endpoint", arguments->endpoint,
        "Where the node reaches the store, when it is not where the controller does");
    command->add_option("--controller", arguments->controller, "The controller's URL; by default as it is configured");
    command->add_option("--token", arguments->token, "An API token; better given in the environment")
        ->envname("FLEETMAN_TOKEN");
    command->callback([arguments, &exit_code] {
        const result<void> done = add_node(*arguments);
        if (done)
            return;
        std::cerr << "fleetman add-node: " << done.error().message() << std::endl;
        exit_code = EXIT_FAILURE;
    });
}

} // namespace fleetman::app

#include "store_command.hpp"
#include "store_maintenance.hpp"

#include <fleetman/net/endpoint.hpp>
#include <fleetman/s3server/embedded_store.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace fleetman {

namespace {

struct store_arguments
{
    std::string listen = "127.0.0.1:9000";
    std::filesystem::path data_dir;
    std::string access_key;
    std::string secret_key;
    std::vector<std::string> buckets;
    std::filesystem::path port_file;
};

// Whoever waits for the file never reads half of it.
result<void> write_port(const std::filesystem::path& file, std::uint16_t port)
{
    if (file.empty())
        return {};
    std::filesystem::path temporary = file;
    temporary += ".tmp";
    std::ofstream out(temporary);
    out << port << '\n';
    out.close();
    std::error_code failure;
    if (out)
        std::filesystem::rename(temporary, file, failure);
    if (!out || failure)
        return error(errc::failed, "cannot write the port to " + file.string());
    return {};
}

void wait_for_signal()
{
    boost::asio::io_context loop;
    boost::asio::signal_set stopping(loop, SIGINT, SIGTERM);
    stopping.async_wait([](const boost::system::error_code&, int) {});
    loop.run();
}

result<void> run_store(const store_arguments& arguments)
{
    result<net::address> listen = net::parse_listen_address(arguments.listen);
    if (!listen)
        return listen.error();
    result<std::unique_ptr<s3server::embedded_store>> store = s3server::embedded_store::open(
        {*listen, arguments.data_dir, arguments.access_key, secret(arguments.secret_key), arguments.buckets});
    if (!store)
        return store.error();
    result<std::uint16_t> port = (*store)->listen();
    if (!port)
        return port.error();
    (*store)->start();
    if (result<void> written = write_port(arguments.port_file, *port); !written)
        return written;
    std::cout << "fleetman store: " << net::endpoint{false, {listen->host, *port}}.url() << ", data in "
              << arguments.data_dir.string() << std::endl;
    wait_for_signal();
    (*store)->stop();
    return {};
}

} // namespace

void add_store_command(CLI::App& app, int& exit_code)
{
    CLI::App* const command =
        app.add_subcommand("store", "Run the embedded S3 store on its own, or look after its folder");
    const auto arguments = std::make_shared<store_arguments>();
    command->add_option("--listen", arguments->listen, "Address and port; port 0 chooses a free one")
        ->capture_default_str();
    command->add_option("--data-dir", arguments->data_dir, "Folder that holds the objects; made when it is missing");
    command->add_option("--access-key", arguments->access_key, "Access key that clients use");
    command->add_option("--secret-key", arguments->secret_key, "Secret key; better given in the environment")
        ->envname("FLEETMAN_STORE_SECRET_KEY");
    command->add_option("--bucket", arguments->buckets, "Bucket to create when it is missing; can be repeated");
    command->add_option("--port-file", arguments->port_file, "File to write the port to once it listens");
    add_store_maintenance(*command, exit_code);
    command->callback([command, arguments, &exit_code] {
        if (!command->get_subcommands().empty())
            return;
        if (arguments->data_dir.empty())
            throw CLI::RequiredError("--data-dir");
        const result<void> done = run_store(*arguments);
        if (done)
            return;
        std::cerr << "fleetman store: " << done.error().message() << std::endl;
        exit_code = 1;
    });
}

} // namespace fleetman

#include "console_auth.hpp"
#include "controller_sections.hpp"

#include <fleetman/config/loopback.hpp>
#include <fleetman/core/text.hpp>

#include <boost/asio/ip/address.hpp>

#include <limits>

namespace fleetman::config {
namespace {

constexpr std::int64_t largest_port = std::numeric_limits<std::uint16_t>::max();
constexpr std::int64_t largest_upload = std::int64_t{5} << 40; // S3's own limit of an object, 5 TiB

std::string refusal(const std::string& bind)
{
    return "listening on " + in_quotes(bind) +
           " without a login lets whoever reaches it publish to every node. Add (`fleetman hash-password NAME` prints "
           "what stands for NAME:HASH)\n"
           "  auth: {mode: form,\n"
           "         users: [\"NAME:HASH\"]}\n"
           "or keep to this machine with `bind: 127.0.0.1`, or say `insecure: true` where something else keeps "
           "strangers "
           "out";
}

// Addresses of reverse proxies, as the peer's address of a connection is written.
void read_proxies(yaml_fields& fields, web_console& into)
{
    const auto all = fields.texts("trusted_proxies", need::optional).value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < all.size(); ++i) {
        boost::system::error_code none;
        const auto address = boost::asio::ip::make_address(all[i], none);
        if (none)
            fields.fail(
                "trusted_proxies[" + std::to_string(i) + ']', "must be an IP address, found " + in_quotes(all[i]));
        else
            into.trusted_proxies.insert(address.to_string());
    }
}

struct listen_address
{
    std::string host;
    std::uint16_t port;
};

// "127.0.0.1:9000", "[::1]:9000".
result<listen_address> parse_listen(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        std::string_view host = text.substr(0, colon);
        const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
        const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (bracketed)
            host = host.substr(1, host.size() - 2);
        if (port && !host.empty() && (bracketed || host.find_first_of(":[]") == std::string_view::npos))
            return listen_address{std::string(host), *port};
    }
    return error(errc::invalid, "must be HOST:PORT, such as 127.0.0.1:9000; found " + in_quotes(text));
}

} // namespace

web_console read_web_console(const yaml_node& section, report& into)
{
    yaml_fields fields(section, "web_console", into);
    web_console read;
    read.bind = fields.filled_text("bind", need::optional).value_or(read.bind);
    if (const auto port = fields.integer("port", 0, largest_port, need::optional))
        read.port = static_cast<std::uint16_t>(*port);
    if (const auto most = fields.integer("upload_max_bytes", 1, largest_upload, need::optional))
        read.upload_max_bytes = static_cast<std::uint64_t>(*most);
    read.insecure = fields.boolean("insecure", need::optional).value_or(false);
    if (const yaml_node* const auth = fields.find("auth", need::optional))
        read_auth(*auth, read, into);
    read_proxies(fields, read);
    fields.warn_of_unknown_keys();
    if (!is_loopback(read.bind) && !read.form_login && !read.insecure)
        fields.fail("bind", refusal(read.bind));
    return read;
}

embedded_store read_embedded_store(const yaml_node& section, report& into)
{
    yaml_fields fields(section, "embedded_store", into);
    embedded_store read;
    if (auto listen = fields.parsed("listen", need::optional, parse_listen)) {
        read.host = std::move(listen->host);
        read.port = listen->port;
    }
    read.data_dir = fields.file("data_dir", need::required).value_or("");
    read.access_key = fields.filled_text("access_key", need::required).value_or("");
    read.secret_key = secret(fields.filled_text("secret_key", need::required).value_or(""));
    read.buckets = fields.texts("buckets", need::optional).value_or(read.buckets);
    fields.warn_of_unknown_keys();
    return read;
}

} // namespace fleetman::config

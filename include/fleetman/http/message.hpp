#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/result.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include <any>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// A request as a handler sees it, and the answer it gives. The server does the framing (RFC 9112).

namespace fleetman::http {

using field = boost::beast::http::field;
using status = boost::beast::http::status;
using verb = boost::beast::http::verb;
using headers = boost::beast::http::fields;

struct request
{
    verb method{};
    std::string target;                                     // as sent: "/a%20b?x=1"
    std::string path;                                       // of the target, still percent-encoded: "/a%20b"
    std::vector<std::pair<std::string, std::string>> query; // decoded, in order
    headers fields;
    std::string peer;
    std::optional<std::uint64_t> content_length; // absent: none, or chunked
    byte_source* body{};                         // never null; empty when there is none; read once
    std::any caller;                             // who sends it, as the handler finds out; the server leaves it empty

    std::string_view header(field name) const;
    std::string_view header(std::string_view name) const;
    // Null when the parameter is absent; the first one when it is repeated.
    const std::string* parameter(std::string_view name) const;

    // The whole body. Fails with too_large past `max_bytes`.
    task<result<std::string>> read_body(std::uint64_t max_bytes);
};

// A part of an open file, closed when the answer has been sent.
struct file_body
{
    std::shared_ptr<const int> descriptor; // the deleter closes it
    std::uint64_t offset{};
    std::uint64_t length{};
};

// A body pulled while it is sent; with a length it is sent as it is, without one chunked.
struct stream_body
{
    std::shared_ptr<byte_source> source;
    std::optional<std::uint64_t> length;
};

struct response
{
    using status_type = status;

    status code = status::ok;
    headers fields;
    std::string_view more_fields; // lines that many answers share, each with its end; they live as long as the program
    std::variant<std::string, std::shared_ptr<const std::string>, file_body, stream_body> body;

    static response text(status code, std::string body, std::string_view content_type);
    static response empty(status code);
    response& set(field name, std::string_view value);
    response& set(std::string_view name, std::string_view value);
};

using handler = std::function<task<response>(request&)>;

} // namespace fleetman::http

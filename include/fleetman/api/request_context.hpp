#pragma once

#include <fleetman/api/caller.hpp>
#include <fleetman/control/actor.hpp>
#include <fleetman/core/result.hpp>
#include <fleetman/http/message.hpp>
#include <fleetman/http/router.hpp>
#include <fleetman/model/names.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <any>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a handler works with: the request decoded into our types, and the few shapes that answers have
// (static/openapi.json).

namespace fleetman::api {

// Largest JSON body.
inline constexpr std::uint64_t body_max_bytes = std::uint64_t{4} << 20;
// Longest `?wait=`.
inline constexpr std::chrono::seconds longest_wait{300};

class request_context
{
public:
    request_context(http::request& request, const http::path_parameters& path) : request_(&request), path_(&path) {}

    http::request& request() const { return *request_; }

    // Who sends the request; found out and admitted before a handler is called.
    const api::caller& caller() const { return std::any_cast<const api::caller&>(request_->caller); }
    // Who asks, for what is remembered of a change.
    control::actor actor() const;

    // Variables of the route's pattern.
    const std::string& variable(std::string_view name) const { return (*path_)[name]; }
    // As names that exist already (lenient); fail with invalid.
    result<model::cell_ref> cell() const;
    result<model::manifest_name> manifest() const { return model::manifest_name::load(variable("manifest")); }
    result<model::version> version() const { return model::version::load(variable("version")); }
    result<model::file_path> path() const { return model::file_path::parse(variable("path")); }

    // The body as a JSON object. Fails with invalid or too_large.
    task<result<boost::json::object>> json() const;
    // The same; no body at all is an empty object.
    task<result<boost::json::object>> optional_json() const;

    // `?name=`; empty when it is absent.
    std::string parameter(std::string_view name) const;
    // `?name=true` or `false`; false when it is absent. Fails with invalid.
    result<bool> flag(std::string_view name) const;
    // `?wait=<seconds>`. Fails with invalid.
    result<std::optional<std::chrono::seconds>> wait() const;

    http::response problem(const error& why) const;
    http::response problem(http::status code, std::string_view detail) const;

    // 200 with an ETag of the body, or 304 to a GET (RFC 9110 section 13.1.2). `editable` is what If-Match of a later
    // change is compared with, where the body also holds what changes by itself.
    http::response one(const boost::json::value& body) const { return one(body, body); }
    http::response one(const boost::json::value& body, const boost::json::value& editable) const;

    // Whether the request may change what is now `editable`: fails, with 412, when If-Match names another.
    result<void> unchanged(const boost::json::value& editable) const;
    // The same for a file, whose tag is the object's.
    result<void> unchanged_etag(std::string_view etag) const;
    bool knows_etag(std::string_view etag) const; // If-None-Match holds it

    http::response ok(const boost::json::value& body) const;
    http::response created(std::string_view location, const boost::json::value& body) const;
    http::response accepted(std::string_view location, const boost::json::value& body) const;
    http::response no_content() const;

private:
    http::request* request_;
    const http::path_parameters* path_;
};

// The ETag of what has no answer of its own, for lists: unchanged() knows it.
std::string edit_tag(const boost::json::value& editable);

// A segment of a URL, percent-encoded.
std::string url_segment(std::string_view text);

} // namespace fleetman::api

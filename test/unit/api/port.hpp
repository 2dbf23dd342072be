#pragma once

#include "description.hpp"

#include <fleetman/api/application.hpp>
#include <fleetman/testing/controller.hpp>

#include <boost/json/parse.hpp>

#include <array>
#include <map>
#include <string>
#include <vector>

// The controller's port without the network: requests in, answers out, each held against the API's description.

namespace fleetman::testing {

inline constexpr std::array<api::embedded_file, 3> page{{{"index.html", "<!doctype html>"}, {"openapi.json", "{}"},
    {"assets/0123/page.mjs", "export {};", "as gzip", "as br"}}};

struct answer
{
    http::status code{};
    http::headers fields;
    std::string text;

    boost::json::value body() const { return boost::json::parse(text); }
    std::string detail() const { return std::string(body().at("detail").as_string()); }
    std::string field(const char* name) const { return std::string(fields[name]); }
};

using request_fields = std::map<std::string, std::string>;

struct port : controller
{
    using controller::controller;

    api::application application{app, api::assets::embedded(page), "1.2.3"};
    description described;

    std::string peer = "198.51.100.1:50000"; // of every request

    http::request request_for(http::verb method, const std::string& target, const request_fields& fields) const;
    answer call(http::verb method, const std::string& target, std::string body = "", const request_fields& fields = {});

    // The pattern of a route as the description writes it; empty for the page and for what is no route.
    static std::string described_path(std::string pattern);

    // Below /api/v1.
    answer get(const std::string& path, const request_fields& fields = {})
    {
        return call(http::verb::get, "/api/v1" + path, "", fields);
    }
    answer post(const std::string& path, std::string body = "{}")
    {
        return call(http::verb::post, "/api/v1" + path, std::move(body));
    }
    answer put(const std::string& path, std::string body, const request_fields& fields = {})
    {
        return call(http::verb::put, "/api/v1" + path, std::move(body), fields);
    }
    answer remove(const std::string& path, const request_fields& fields = {})
    {
        return call(http::verb::delete_, "/api/v1" + path, "", fields);
    }

    // Two writers at once; their statuses, the smaller first.
    std::array<unsigned, 2> put_twice_at_once(
        const std::string& path, const std::string& body, const request_fields& fields);
    // As many as there are bodies; their statuses, in no order.
    std::vector<unsigned> put_at_once(
        const std::string& path, const std::vector<std::string>& bodies, const request_fields& fields);
    // With bodies that differ.
    std::vector<unsigned> put_at_once(const std::string& path, std::size_t writers, const request_fields& fields);

    // A bucket connection "main", a manifest "site" and its cell "node01/www".
    void configure();
    // Version v1.0.0 of it.
    void finalize();

private:
    void check_described(const http::request& request, const http::response& given, const std::string& text);
};

// Reads /events piece by piece.
struct follower
{
    explicit follower(port& from, const std::string& query = "", const request_fields& fields = {});
    std::string next(std::size_t max = 100'000); // empty at the end

    std::shared_ptr<byte_source> source;
    std::string greeting;
};

} // namespace fleetman::testing

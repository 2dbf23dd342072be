#pragma once

#include <fleetman/http/message.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Which handler answers a path. Patterns are made of literal segments, {name} (one segment, decoded, never empty) and,
// only at the end or before literals, {name...} (one or more segments, each decoded, "/" between them).

namespace fleetman::http {

// The variables of a matched pattern.
class path_parameters
{
public:
    const std::string& operator[](std::string_view name) const; // a bug, and an exception, when the pattern lacks it
    void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

using route_handler = std::function<task<response>(request&, const path_parameters&)>;

struct route
{
    verb method;
    std::string pattern; // "/api/v1/cells/{node}/{cell}"
    int access;          // who may call it, in the words of whoever added it; the router only carries it
    route_handler handle;
};

struct route_match
{
    const route* found{}; // null: no route has this path with this method
    path_parameters parameters;
    std::vector<verb> allowed; // the methods that the path has; empty: no such path
    bool malformed = false;    // bad percent-encoding, a dot segment, or a control character
};

class router
{
public:
    router();
    ~router();

    // `pattern` begins with "/" and has at most one {name...}.
    void add(verb method, std::string pattern, int access, route_handler handle);
    // `path` is percent-encoded, without the query. Literal segments win over variables. HEAD matches GET.
    route_match match(verb method, std::string_view path) const;
    const std::vector<std::unique_ptr<route>>& routes() const { return routes_; }

private:
    struct part;
    struct fit;
    using pattern = std::vector<part>;

    static bool more_specific(const pattern& a, const pattern& b);

    std::vector<std::unique_ptr<route>> routes_;
    std::vector<pattern> patterns_; // of routes_, in parts
};

// RFC 3986 section 2.1. Fails with invalid on a truncated or non-hex escape.
result<std::string> percent_decode(std::string_view text);

} // namespace fleetman::http

#include "hostile.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <functional>
#include <limits>

namespace fleetman::testing {

namespace json = boost::json;

namespace {

const json::object& resolved(const json::value& document, const json::object& schema)
{
    const json::value* ref = schema.if_contains("$ref");
    return ref == nullptr ? schema : document.at_pointer(std::string(ref->as_string()).substr(1)).as_object();
}

std::string type_of(const json::object& schema)
{
    const json::value* type = schema.if_contains("type");
    if (type == nullptr)
        return schema.contains("properties") ? "object" : "null";
    return std::string(type->is_array() ? type->as_array().at(0).as_string() : type->as_string());
}

bool is_required(const json::object& schema, const json::string_view name)
{
    const json::value* required = schema.if_contains("required");
    if (required != nullptr)
        for (const json::value& one : required->as_array())
            if (one.as_string() == name)
                return true;
    return false;
}

json::object example_object(const json::value& document, const json::object& schema, bool whole)
{
    json::object made;
    if (const json::value* all = schema.if_contains("allOf"))
        for (const json::value& one : all->as_array()) {
            const json::value part = example_of(document, one.as_object(), whole);
            for (const auto& [name, value] : part.as_object())
                made.insert_or_assign(name, value);
        }
    if (const json::value* members = schema.if_contains("properties"))
        for (const auto& [name, member] : members->as_object())
            if (whole || is_required(schema, name))
                made.insert_or_assign(name, example_of(document, member.as_object(), whole));
    return made;
}

json::array hostile_values()
{
    json::value deep = 1;
    for (int i = 0; i < 12; ++i)
        deep = json::array{deep};
    return {nullptr, true, 0, -1, 1.5, 1e308, std::numeric_limits<std::uint64_t>::max(),
        std::numeric_limits<std::int64_t>::min(), "", "x", " ", "../../etc/passwd", "/etc/passwd", "manifest.json", ".",
        json::string_view("a\0b", 3), "a\nb", "\x7f", "\xe2\x80\xae", "\xff", std::string(300, 'x'),
        std::string(5000, 'x'), "{{ x }}", "${x}", "$(id)", "' OR 1=1 --", json::array{}, json::array{json::array{}},
        json::array{nullptr}, json::array{"x", "x"}, json::object{}, json::object{{"a", 1}}, deep};
}

// Every place inside `value`, by a function that leads there in a copy of the whole.
using place = std::function<json::value*(json::value&)>;

void each_place(const json::value& value, const place& here, const std::function<void(const place&)>& visit)
{
    if (const json::object* object = value.if_object()) {
        for (const auto& [name, member] : *object) {
            const std::string key(name);
            const place inside = [here, key](json::value& whole) { return here(whole)->as_object().if_contains(key); };
            visit(inside);
            each_place(member, inside, visit);
        }
    }
    const json::array* array = value.if_array();
    if (array != nullptr && !array->empty()) {
        const place inside = [here](json::value& whole) { return &here(whole)->as_array().at(0); };
        visit(inside);
        each_place(array->front(), inside, visit);
    }
}

} // namespace

json::value example_of(const json::value& document, const json::object& schema, bool whole)
{
    const json::object& plain = resolved(document, schema);
    for (const json::object* one : {&schema, &plain}) {
        if (const json::value* examples = one->if_contains("examples"))
            return examples->as_array().at(0);
        if (const json::value* otherwise = one->if_contains("default"))
            return *otherwise;
        if (const json::value* values = one->if_contains("enum"))
            return values->as_array().at(0);
    }
    if (const json::value* some = plain.if_contains("oneOf"))
        return example_of(document, some->as_array().at(0).as_object(), whole);
    const std::string type = type_of(plain);
    if (type == "object" || plain.contains("allOf"))
        return example_object(document, plain, whole);
    if (type == "array")
        return json::array{example_of(document, plain.at("items").as_object(), whole)};
    if (type == "integer" || type == "number")
        return plain.contains("minimum") ? plain.at("minimum") : json::value(1);
    if (type == "boolean")
        return true;
    return type == "string" ? json::value("x") : json::value();
}

std::vector<hostile_body> hostile_bodies(const json::value& document, const json::object& schema)
{
    std::vector<hostile_body> bodies;
    const json::value base = example_of(document, schema, true);
    const auto add = [&bodies](const json::value& value) { bodies.push_back({json::serialize(value)}); };
    const place top = [](json::value& whole) { return &whole; };
    const json::array values = hostile_values();
    each_place(base, top, [&](const place& at) {
        for (const json::value& value : values) {
            json::value changed = base;
            *at(changed) = value;
            add(changed);
        }
    });
    if (base.is_object()) {
        for (const auto& member : base.as_object()) {
            json::value without = base;
            without.as_object().erase(member.key());
            add(without);
        }
        json::value more = base;
        more.as_object()["unknown"] = json::object{{"field", json::array{1, 2}}};
        add(more);
    }
    for (const json::value& value : values)
        add(value);
    for (const char* const text : {"", " ", "{", "{]", "{\"a\":}", "nul", "{\"a\":1e999}", "{\"a\":1,\"a\":2}", "{} {}",
             "\xff\xfe", "\xef\xbb\xbf{}", "{\"a\":\"\\ud800\"}", "<xml/>"})
        bodies.push_back({text});
    bodies.push_back({std::string(20'000, '[')});
    bodies.push_back({std::string(5'000'000, ' ')});
    bodies.push_back({json::serialize(base), "text/plain"});
    bodies.push_back({json::serialize(base), "multipart/form-data; boundary=x"});
    bodies.push_back({json::serialize(base), ""});
    return bodies;
}

std::vector<std::string> hostile_segments()
{
    return {"..", ".", "%2e%2e", "%2E%2e%2f%2e%2E%2fx", "a%2fb", "a%2f..%2fb", "%00", "a%0Ab", "%ff", "%", "%zz",
        "%c0%ae", "x%20y", "%20", "-", ".hidden", "*", "manifest.json", "v1.02.0", "v99999999999999999999.0.0", "v1",
        "V1.4.0", "%E2%98%83", "{}", "a;b", "a+b", "a:b", "%5c..%5c", std::string(65, 'x'), std::string(300, 'x'),
        std::string(5000, 'x')};
}

std::vector<std::string> hostile_parameters()
{
    return {"", "0", "-1", "1", "1001", "x", "1.5", "99999999999999999999999", "0x10", "%20", "true", "TRUE", "null",
        "..", "../../x", "%2e%2e%2f", "%00", "a%0ab", "%ff", "%25", "active,,dead", ",", "v1.02.0", "%E2%98%83",
        "%22%3E%3Cscript%3E", std::string(5000, 'x')};
}

std::vector<std::string> hostile_fields()
{
    return {"*", "\"\"", "\"x\"", "W/\"x\"", "x", "\"", "\"x", ",", ", ,", "\"a\", \"b\", *", "bytes=0-", "bytes=5-2",
        "bytes=-0", "bytes=0-99999999999999999999", "bytes=0-1,3-4", "lines=1-2", "Mon, 05 Jan 2026 10:00:00 GMT",
        "\xff\xfe", std::string(5000, 'x')};
}

} // namespace fleetman::testing

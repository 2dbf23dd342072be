#include "description.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace fleetman::testing {

namespace json = boost::json;

namespace {

bool is_a(const json::value& value, std::string_view type)
{
    if (type == "integer")
        return value.is_int64() || value.is_uint64();
    if (type == "number")
        return value.is_number();
    if (type == "string")
        return value.is_string();
    if (type == "boolean")
        return value.is_bool();
    if (type == "array")
        return value.is_array();
    return type == "object" ? value.is_object() : type == "null" && value.is_null();
}

// The part of JSON Schema that the document uses to say what an answer looks like.
class checker
{
public:
    checker(const json::value& document, std::vector<std::string>& faults) : document_(document), faults_(faults) {}

    void check(const json::value& value, const json::object& schema, const std::string& at)
    {
        if (const json::value* ref = schema.if_contains("$ref"))
            check(value, referred(std::string(ref->as_string())), at);
        check_type(value, schema, at);
        if (const json::value* allowed = schema.if_contains("enum"))
            if (std::ranges::find(allowed->as_array(), value) == allowed->as_array().end())
                faults_.push_back(at + ": " + json::serialize(value) + " is none of the values described");
        if (const json::value* all = schema.if_contains("allOf"))
            for (const json::value& one : all->as_array())
                check(value, one.as_object(), at);
        if (const json::value* some = schema.if_contains("oneOf"))
            check_one_of(value, some->as_array(), at);
        if (const json::object* object = value.if_object())
            check_members(*object, schema, at);
        if (const json::array* array = value.if_array())
            if (const json::value* items = schema.if_contains("items"))
                for (const json::value& item : *array)
                    check(item, items->as_object(), at + "[]");
    }

private:
    const json::object& referred(const std::string& pointer) const
    {
        return document_.at_pointer(pointer.substr(1)).as_object(); // "#/components/schemas/Cell"
    }

    void check_type(const json::value& value, const json::object& schema, const std::string& at)
    {
        const json::value* type = schema.if_contains("type");
        if (type == nullptr)
            return;
        const bool fits = type->is_string() ? is_a(value, type->as_string())
                                            : std::ranges::any_of(type->as_array(),
                                                  [&](const json::value& one) { return is_a(value, one.as_string()); });
        if (!fits)
            faults_.push_back(at + ": " + json::serialize(value) + " is not of type " + json::serialize(*type));
    }

    void check_one_of(const json::value& value, const json::array& some, const std::string& at)
    {
        const auto fits = std::ranges::count_if(some, [&](const json::value& one) {
            std::vector<std::string> faults;
            checker(document_, faults).check(value, one.as_object(), at);
            return faults.empty();
        });
        if (fits != 1)
            faults_.push_back(at + ": " + json::serialize(value) + " fits " + std::to_string(fits) + " of one");
    }

    void check_members(const json::object& object, const json::object& schema, const std::string& at)
    {
        if (const json::value* required = schema.if_contains("required"))
            for (const json::value& name : required->as_array())
                if (!object.contains(name.as_string()))
                    faults_.push_back(at + ": lacks " + std::string(name.as_string()));
        const json::value* described = schema.if_contains("properties");
        for (const auto& [name, value] : object)
            if (described != nullptr)
                if (const json::value* member = described->as_object().if_contains(name))
                    check(value, member->as_object(), at + '.' + std::string(name));
    }

    const json::value& document_;
    std::vector<std::string>& faults_;
};

} // namespace

description::description()
{
    std::ifstream file(FLEETMAN_TEST_DATA "/../../static/openapi.json");
    document_ = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

const json::object* description::response(const answer& given) const
{
    // What no route answers is described with every other refusal.
    const json::value& operation =
        given.path.empty() ? paths().at("/healthz").at("get") : paths().at(given.path).at(given.method);
    const json::object& answers = operation.at("responses").as_object();
    const json::value* found = answers.if_contains(std::to_string(given.status));
    if (found == nullptr && given.status >= 400)
        found = answers.if_contains("default");
    return found == nullptr ? nullptr : &found->as_object();
}

std::vector<std::string> description::faults(const answer& given) const
{
    const json::object* described = response(given);
    if (described == nullptr)
        return {"status " + std::to_string(given.status) + " is not described"};
    const json::value* content = described->if_contains("content");
    if (content == nullptr)
        return given.body.empty() ? std::vector<std::string>() : std::vector<std::string>{"a body is not described"};
    const json::value* media = content->as_object().if_contains(given.content_type);
    if (media == nullptr)
        return {"content type " + std::string(given.content_type) + " is not described"};
    std::vector<std::string> faults;
    if (given.content_type.ends_with("json"))
        checker(document_, faults).check(json::parse(given.body), media->at("schema").as_object(), "body");
    return faults;
}

} // namespace fleetman::testing

#include "description.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

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

// The part of JSON Schema that the document uses to say what an answer looks like. A member that is not described is a
// fault, unless the schema says `additionalProperties`.
class checker
{
public:
    checker(const json::value& document, std::vector<std::string>& faults) : document_(document), faults_(faults) {}

    void check(const json::value& value, const json::object& schema, const std::string& at)
    {
        check_against(value, schema, at);
        if (const json::object* object = value.if_object())
            check_nothing_else(*object, schema, at);
    }

private:
    void fail(const std::string& at, const std::string& what) { faults_.push_back(at + ": " + what); }

    void check_against(const json::value& value, const json::object& schema, const std::string& at)
    {
        if (const json::value* ref = schema.if_contains("$ref"))
            check_against(value, referred(*ref), at);
        check_type(value, schema, at);
        check_bounds(value, schema, at);
        if (const json::value* allowed = schema.if_contains("enum"))
            if (std::ranges::find(allowed->as_array(), value) == allowed->as_array().end())
                fail(at, json::serialize(value) + " is none of the values described");
        if (const json::value* all = schema.if_contains("allOf"))
            for (const json::value& one : all->as_array())
                check_against(value, one.as_object(), at);
        if (const json::value* some = schema.if_contains("oneOf"))
            check_one_of(value, some->as_array(), at);
        if (const json::object* object = value.if_object())
            check_members(*object, schema, at);
        if (const json::array* array = value.if_array())
            if (const json::value* items = schema.if_contains("items"))
                for (const json::value& item : *array)
                    check(item, items->as_object(), at + "[]");
    }

    const json::object& referred(const json::value& pointer) const
    {
        return document_.at_pointer(std::string(pointer.as_string()).substr(1)).as_object(); // "#/components/…"
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
            fail(at, json::serialize(value) + " is not of type " + json::serialize(*type));
    }

    void check_bounds(const json::value& value, const json::object& schema, const std::string& at)
    {
        const auto limit = [&](const char* name) {
            return schema.contains(name) ? schema.at(name).to_number<double>() : 0;
        };
        const auto within = [&](double measure, const char* least, const char* most) {
            if ((schema.contains(least) && measure < limit(least)) || (schema.contains(most) && measure > limit(most)))
                fail(at, json::serialize(value) + " is out of its bounds");
        };
        if (value.is_number())
            within(value.to_number<double>(), "minimum", "maximum");
        if (const json::array* array = value.if_array())
            within(static_cast<double>(array->size()), "minItems", "maxItems");
        const json::string* text = value.if_string();
        if (text == nullptr)
            return;
        within(static_cast<double>(text->size()), "minLength", "maxLength");
        const json::value* pattern = schema.if_contains("pattern");
        if (pattern != nullptr && !std::regex_search(std::string(*text), std::regex(std::string(pattern->as_string()))))
            fail(at, json::serialize(value) + " does not match " + json::serialize(*pattern));
        const json::value* format = schema.if_contains("format");
        if (format != nullptr && *format == "date-time" && !parse_rfc3339(std::string_view(*text)))
            fail(at, json::serialize(value) + " is no moment");
    }

    void check_one_of(const json::value& value, const json::array& some, const std::string& at)
    {
        const auto fits = std::ranges::count_if(some, [&](const json::value& one) {
            std::vector<std::string> faults;
            checker(document_, faults).check(value, one.as_object(), at);
            return faults.empty();
        });
        if (fits != 1)
            fail(at, json::serialize(value) + " fits " + std::to_string(fits) + " of one");
    }

    void check_members(const json::object& object, const json::object& schema, const std::string& at)
    {
        if (const json::value* required = schema.if_contains("required"))
            for (const json::value& name : required->as_array())
                if (!object.contains(name.as_string()))
                    fail(at, "lacks " + std::string(name.as_string()));
        const json::value* described = schema.if_contains("properties");
        const json::value* others = schema.if_contains("additionalProperties");
        for (const auto& [name, value] : object) {
            const json::value* member = described != nullptr ? described->as_object().if_contains(name) : nullptr;
            if (member != nullptr)
                check(value, member->as_object(), at + '.' + std::string(name));
            else if (others != nullptr && others->is_object())
                check(value, others->as_object(), at + '.' + std::string(name));
        }
    }

    void check_nothing_else(const json::object& object, const json::object& schema, const std::string& at)
    {
        std::set<std::string, std::less<>> known;
        if (!collect(schema, known))
            return;
        for (const auto& [name, value] : object)
            if (!known.contains(std::string_view(name)))
                fail(at, "has " + std::string(name) + ", which is not described");
    }

    // The names that a schema describes; false when it lets others be.
    bool collect(const json::object& schema, std::set<std::string, std::less<>>& known) const
    {
        if (const json::value* others = schema.if_contains("additionalProperties");
            others != nullptr && *others != false)
            return false;
        if (schema.contains("oneOf"))
            return false; // said by the one that fits
        if (const json::value* ref = schema.if_contains("$ref"); ref != nullptr && !collect(referred(*ref), known))
            return false;
        if (const json::value* all = schema.if_contains("allOf"))
            for (const json::value& one : all->as_array())
                if (!collect(one.as_object(), known))
                    return false;
        if (const json::value* described = schema.if_contains("properties"))
            for (const auto& [name, member] : described->as_object())
                known.emplace(name);
        return true;
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
    const std::string_view method = given.method == "head" ? "get" : given.method;
    // What no route answers is described with every other refusal.
    const json::value& operation =
        given.path.empty() ? paths().at("/healthz").at("get") : paths().at(given.path).at(method);
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
    std::vector<std::string> faults;
    if (const json::value* headers = described->if_contains("headers"))
        for (const auto& [name, header] : headers->as_object())
            if (given.fields.count(std::string_view(name)) == 0)
                faults.push_back("lacks the header " + std::string(name));
    const json::value* content = described->if_contains("content");
    if (content == nullptr) {
        if (!given.body.empty())
            faults.emplace_back("a body is not described");
        return faults;
    }
    const std::string_view type = given.fields[http::field::content_type];
    const json::value* media = content->as_object().if_contains(type);
    if (media == nullptr)
        faults.push_back("content type " + std::string(type) + " is not described");
    else if (type.ends_with("json") && given.method != "head") {
        boost::system::error_code wrong;
        const json::value body = json::parse(given.body, wrong);
        if (wrong)
            faults.push_back("the body is not JSON: " + wrong.message());
        else
            checker(document_, faults).check(body, media->at("schema").as_object(), "body");
    }
    return faults;
}

} // namespace fleetman::testing

#include "token_file.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fstream>
#include <iterator>
#include <system_error>

namespace fleetman::control {

namespace json = boost::json;

namespace {

constexpr std::uintmax_t largest_file = std::uintmax_t{4} << 20;

// Throws, as Boost.JSON does, when something is missing or of another type.
api_token read_token(const json::value& from)
{
    api_token one;
    one.id = from.at("id").as_string();
    one.name = from.at("name").as_string();
    one.owner = from.at("owner").as_string();
    const auto role = config::parse_user_role(std::string_view(from.at("role").as_string()));
    if (!role)
        throw boost::system::system_error(make_error_code(errc::invalid), "role");
    one.role = *role;
    one.digest = from.at("sha256").as_string();
    one.created = from_unix_seconds(from.at("created").to_number<std::int64_t>());
    one.expires = from_unix_seconds(from.at("expires").to_number<std::int64_t>());
    if (const json::value* used = from.as_object().if_contains("last_used"))
        one.last_used = from_unix_seconds(used->to_number<std::int64_t>());
    return one;
}

std::vector<api_token> read_tokens(const std::string& text)
{
    std::vector<api_token> tokens;
    const json::value whole = json::parse(text);
    for (const json::value& each : whole.at("tokens").as_array())
        tokens.push_back(read_token(each));
    return tokens;
}

} // namespace

result<std::vector<api_token>> read_token_file(const std::filesystem::path& file)
{
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(file, missing);
    if (missing == std::errc::no_such_file_or_directory)
        return std::vector<api_token>();
    if (!missing && size > largest_file)
        return error(errc::too_large, file.string() + " is larger than 4 MiB, which no list of tokens is");
    std::ifstream from(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(from), {});
    if (missing || !from)
        return error(errc::failed, "cannot read " + file.string());
    try {
        return read_tokens(text);
    } catch (const std::exception&) {
        return error(errc::invalid,
            file.string() + " is no list of API tokens; put a copy back, or remove it, and every token with it");
    }
}

std::string write_token_file(const std::vector<api_token>& tokens)
{
    json::array list;
    for (const api_token& one : tokens) {
        json::object entry{{"id", one.id}, {"name", one.name}, {"owner", one.owner}, {"role", to_string(one.role)},
            {"sha256", one.digest}, {"created", unix_seconds(one.created)}, {"expires", unix_seconds(one.expires)}};
        if (one.last_used)
            entry.emplace("last_used", unix_seconds(*one.last_used));
        list.push_back(std::move(entry));
    }
    return json::serialize(json::object{{"tokens", std::move(list)}}) + '\n';
}

} // namespace fleetman::control

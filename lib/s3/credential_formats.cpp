#include "credential_formats.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/json/parse.hpp>

namespace fleetman::s3 {
namespace {

namespace json = boost::json;

// "[profile name]" is how the config file beside it writes what is "[name]" here.
std::string_view section_name(std::string_view line)
{
    std::string_view name = trimmed(line.substr(1, line.find(']') - 1));
    if (name.starts_with("profile "))
        name = trimmed(name.substr(std::string_view("profile ").size()));
    return name;
}

void set_field(credentials& account, std::string_view name, std::string_view value)
{
    if (name == "aws_access_key_id")
        account.access_key = value;
    else if (name == "aws_secret_access_key")
        account.secret_key = secret(std::string(value));
    else if (name == "aws_session_token")
        account.session_token = secret(std::string(value));
}

std::string text_of(const json::object& from, std::string_view name)
{
    const json::value* const found = from.if_contains({name.data(), name.size()});
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

error no_credentials(std::string_view why)
{
    return error(errc::invalid, "the answer holds no credentials: " + std::string(why));
}

} // namespace

bool is_usable(const credentials& account)
{
    return !account.access_key.empty() && !account.secret_key.empty() && !has_control_character(account.access_key) &&
           account.access_key.find_first_of(" /,") == std::string::npos &&
           !has_control_character(account.session_token.reveal());
}

result<credentials> parse_profile(std::string_view file, std::string_view profile)
{
    credentials account;
    bool found = false;
    bool inside = false;
    for (const std::string& raw : split(file, '\n')) {
        const std::string_view line = trimmed(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        if (line.front() == '[') {
            inside = section_name(line) == profile;
            found = found || inside;
            continue;
        }
        const std::size_t equals = line.find('=');
        if (inside && equals != std::string_view::npos)
            set_field(account, lower_case(trimmed(line.substr(0, equals))), trimmed(line.substr(equals + 1)));
    }
    if (!found)
        return error(errc::not_found, "there is no profile " + in_quotes(profile));
    if (!is_usable(account))
        return error(errc::invalid,
            "the profile " + in_quotes(profile) + " has no usable aws_access_key_id and aws_secret_access_key");
    return account;
}

result<passing_credentials> parse_service_answer(std::string_view text)
{
    boost::system::error_code failure;
    const json::value whole = json::parse({text.data(), text.size()}, failure);
    if (failure || !whole.is_object())
        return no_credentials("it is no JSON object");
    const json::object& told = whole.get_object();
    if (const std::string code = text_of(told, "Code"); !code.empty() && code != "Success")
        return no_credentials("it says " + in_quotes(code));
    passing_credentials made;
    made.account = {
        text_of(told, "AccessKeyId"), secret(text_of(told, "SecretAccessKey")), secret(text_of(told, "Token"))};
    if (!is_usable(made.account))
        return no_credentials("AccessKeyId or SecretAccessKey is missing or cannot be one");
    if (const std::string until = text_of(told, "Expiration"); !until.empty()) {
        const result<wall_time> expires = parse_rfc3339(until);
        if (!expires)
            return no_credentials("its Expiration is no time");
        made.expires = *expires;
    }
    return made;
}

} // namespace fleetman::s3

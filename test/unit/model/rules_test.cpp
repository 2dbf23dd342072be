#include <fleetman/model/rules.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::model;

namespace {

const known_names known{{"prod"}, {"small"}};

file_entry file(const char* path, file_type type, std::optional<std::string> mode = std::nullopt)
{
    return {.path = file_path::parse(path).value(), .type = type, .mode = std::move(mode)};
}

manifest valid()
{
    manifest value;
    value.profile = run_profile::systemd;
    value.bucket = "prod";
    value.files = {
        file("run.sh", file_type::text), file("app.service", file_type::text), file("logs/", file_type::folder)};
    return value;
}

std::vector<std::string> fields(const std::vector<field_error>& found)
{
    std::vector<std::string> names;
    for (const field_error& each : found)
        names.push_back(each.field);
    return names;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("a manifest that keeps the rules has no violations", "[rules]")
{
    CHECK(violations(valid(), known).empty());
    manifest deploy = valid();
    deploy.profile = run_profile::deploy;
    deploy.files.clear();
    CHECK(violations(deploy, known).empty());
}

TEST_CASE("each rule on saving a manifest names the field that breaks it", "[rules]")
{
    struct breach
    {
        void (*make)(manifest&);
        names expected;
    };
    const breach breaches[] = {
        {[](manifest& m) { m.bucket = "gone"; }, {"bucket"}},
        {[](manifest& m) { m.files.erase(m.files.begin()); }, {"files"}},
        {[](manifest& m) { m.files[0].type = file_type::binary; }, {"files[0].file_type"}},
        {[](manifest& m) { m.files[0].mode = "0600"; }, {"files[0].mode"}},
        {[](manifest& m) { m.files[0].mode = "01666"; }, {"files[0].mode"}},
        {[](manifest& m) { m.files[1].type = file_type::template_text; }, {"files[1].file_type"}},
        {[](manifest& m) { m.files.erase(m.files.begin() + 1); }, {"files"}},
        {[](manifest& m) { m.files.pop_back(); }, {"files"}},
        {[](manifest& m) { m.resource_profile = "large"; }, {"resource_profile"}},
        {[](manifest& m) { m.service_folder_mode = "0677"; }, {"service_folder_mode"}},
        {[](manifest& m) { m.service_owner = "a b"; }, {"service_owner", "service_folder_owner"}},
        {[](manifest& m) { m.service_group = ""; }, {"service_group", "service_folder_group"}},
        {[](manifest& m) { m.service_folder_owner = "me"; }, {"service_folder_group"}},
        {[](manifest& m) { m.log_files = {"/var/log/syslog", "../x", "logs/", "ok"}; },
            {"log_files[0]", "log_files[1]", "log_files[2]"}},
        {[](manifest& m) { m.max_log_lines = 10'001; }, {"max_log_lines"}},
        {[](manifest& m) { m.files.push_back(file("x/", file_type::text)); }, {"files[3].path"}},
        {[](manifest& m) { m.files[1].owner = "a\nUser=root"; }, {"files[1].owner"}},
        {[](manifest& m) { m.files.push_back(file("run.sh", file_type::text)); }, {"files[3].path"}},
    };
    for (const breach& each : breaches) {
        manifest value = valid();
        each.make(value);
        CHECK(fields(violations(value, known)) == each.expected);
    }
}

TEST_CASE("a named resource profile and a folder owner with its group are fine", "[rules]")
{
    manifest value = valid();
    value.resource_profile = "small";
    value.service_folder_owner = "me";
    value.service_folder_group = "us";
    value.files[0].mode = "0700";
    CHECK(violations(value, known).empty());
}

TEST_CASE("the supervisor profile needs run.sh and nothing of systemd's", "[rules]")
{
    manifest value = valid();
    value.profile = run_profile::supervisor;
    value.files = {file("run.sh", file_type::template_text)};
    CHECK(violations(value, known).empty());
    value.files.clear();
    CHECK(fields(violations(value, known)) == names{"files"});
}

TEST_CASE("paths conflict when they are equal or one lies below a file", "[rules]")
{
    CHECK(path_conflicts({file("a/", file_type::folder), file("a/b", file_type::text), file("ab", file_type::text)})
            .empty());
    CHECK(
        fields(path_conflicts({file("a/b/c", file_type::text), file("a", file_type::text)})) == names{"files[0].path"});
    CHECK(
        fields(path_conflicts({file("a", file_type::text), file("a/", file_type::folder)})) == names{"files[1].path"});
}

TEST_CASE("overrides keep the rules of files", "[rules]")
{
    overrides_manifest value{{file("a", file_type::text), file("a", file_type::text)}};
    value.files[0].group = "x y";
    CHECK(fields(violations(value)) == names{"files[0].group", "files[1].path"});
}

#include <fleetman/model/tokens.hpp>

#include <catch2/catch.hpp>

using namespace fleetman::model;

TEST_CASE("the three tokens are rendered, with and without blanks", "[tokens]")
{
    const token_values values{"api", "/opt/services/api", "/opt/fleetman"};
    const std::pair<const char*, const char*> table[] = {
        {"", ""},
        {"plain { } {{ }}", "plain { } {{ }}"},
        {"{{ fleetagent_cell_id }}", "api"},
        {"{{fleetagent_cell_id}}{{\tfleetagent_base_dir  }}", "api/opt/fleetman"},
        {"cd {{ fleetagent_service_working_dir }}/x", "cd /opt/services/api/x"},
        {"{{{ fleetagent_cell_id }}}", "{api}"},
        {"{{ {{ fleetagent_cell_id }}", "{{ api"},
        {"{{ fleetagent_other }} {{ HOME }}", "{{ fleetagent_other }} {{ HOME }}"},
        {"{{ fleetagent_cell_id }", "{{ fleetagent_cell_id }"},
        {"{{ fleetagent_cell_id", "{{ fleetagent_cell_id"},
        {"{{\nfleetagent_cell_id }}", "{{\nfleetagent_cell_id }}"},
        {"{{", "{{"},
    };
    for (const auto& [text, expected] : table)
        CHECK(render_tokens(text, values) == expected);
}

TEST_CASE("a value that looks like a token is not rendered again", "[tokens]")
{
    CHECK(render_tokens("{{ fleetagent_cell_id }}", {"{{ fleetagent_base_dir }}", "", "/b"}) ==
          "{{ fleetagent_base_dir }}");
}

TEST_CASE("tokens that nothing will render are named with their line", "[tokens]")
{
    const auto found = unresolved_tokens("#!/bin/sh\nPORT={{ port }} {{fleetagent_new}} {{A_1}}\n"
                                         "# {{ ignored }}\n  ; {{ ignored }}\n\nexec {{ not a token }} {{last}}");
    REQUIRE(found.size() == 3);
    CHECK(found[0].name == "port");
    CHECK(found[0].line == 2);
    CHECK(found[1].name == "A_1");
    CHECK(found[2].name == "last");
    CHECK(found[2].line == 6);
}

TEST_CASE("every line end becomes LF", "[tokens]")
{
    CHECK(with_unix_line_ends("a\r\nb\rc\nd\r\r\n\r") == "a\nb\nc\nd\n\n\n");
}

//! What each check means, and what to do at which provider: the one table of the doctor.

/// One thing that is looked at.
///
/// A fix may hold `{base_url}`, `{tenant}`, `{integration}`, `{expression}`, `{request}` and
/// `{dialect}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its stable name.
    pub code: &'static str,
    /// What it looks at.
    pub meaning: &'static str,
    /// What to do, by provider; the last one, without a name, is for all others.
    pub fixes: &'static [(&'static str, &'static str)],
    /// Where it comes from: a source, a complaint, a recorded behaviour.
    pub source: &'static str,
}

/// Every check, in the order of a diagnosis: first what everything after it depends on.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    Check {
        code: "reached",
        meaning: "a request of the provider has come here",
        fixes: &[
            (OKTA, "check the URL has no space and your firewall; in Okta: Provisioning > Integration, SCIM connector base URL = {base_url}, Unique identifier field for users = userName, Authentication Mode = HTTP Header, then Test"),
            (ENTRA, "check the URL has no space and your firewall; in Entra: Provisioning > New configuration, Tenant URL = {base_url}?aadOptscim062020, then Test connection"),
            (ONELOGIN, "check the URL has no space and your firewall; in OneLogin: Configuration, SCIM Base URL = {base_url}, then API Connection: Enable"),
            (OTHERS, "check the URL has no space and your firewall; the provider's base URL is {base_url}"),
        ],
        source: "S-46; complaint 30",
    },
    Check {
        code: "token_refused",
        meaning: "the provider's token is one that opens this integration",
        fixes: &[
            (OKTA, "make a token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in Okta: Provisioning > Integration, paste it as Authorization, then Test"),
            (ENTRA, "make a token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in Entra: Provisioning, paste it as Secret token, then Test connection"),
            (ONELOGIN, "make a token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in OneLogin: Configuration, paste it as SCIM Bearer Token (bare, without \"Bearer\"), then API Connection: Enable"),
            (OTHERS, "make a token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens) and let the provider send it as Authorization: Bearer …"),
        ],
        source: "S-46; complaint 26",
    },
    Check {
        code: "token_expires",
        meaning: "the token in use lives long enough",
        fixes: &[
            (OKTA, "make a second token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in Okta: Provisioning > Integration, paste it as Authorization, then Test; then revoke the old one"),
            (ENTRA, "make a second token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in Entra: Provisioning, paste it as Secret token, then Test connection; then revoke the old one"),
            (ONELOGIN, "make a second token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens); in OneLogin: Configuration, paste it as SCIM Bearer Token; then revoke the old one"),
            (OTHERS, "make a second token (POST /v1/tenants/{tenant}/integrations/{integration}/tokens), give it to the provider, then revoke the old one"),
        ],
        source: "E-21; complaint 26",
    },
    Check {
        code: "silent",
        meaning: "the provider was heard of as lately as it usually is",
        fixes: &[
            (OKTA, "Okta calls only when something changes; if something did, look in Okta at Dashboard > Tasks for changes that failed"),
            (ENTRA, "Entra calls about every 40 min; look in Entra at Provisioning whether it is in quarantine, put right what it names, then Start provisioning"),
            (ONELOGIN, "OneLogin calls only when something changes; if something did, look in OneLogin whether API Connection is still enabled and whether people are \"Pending\""),
            (OTHERS, "look whether provisioning is switched off in the provider"),
        ],
        source: "complaint 26; ENTRA-65; X-03",
    },
    Check {
        code: "writes",
        meaning: "people or groups have been written, not only read",
        fixes: &[
            (OKTA, "turn provisioning on (Provisioning > To App: Create Users, Update User Attributes, Deactivate Users), Federation Broker Mode off, and assign people"),
            (ENTRA, "turn provisioning on (Users and groups: assign; then Start provisioning); the first cycle comes at once, then about every 40 min; \"Provision on demand\" tries one person"),
            (ONELOGIN, "turn provisioning on (Provisioning: Enable; Access: roles); untick the approval boxes, or approve the people in state \"Pending\""),
            (OTHERS, "turn provisioning on in the provider, and assign people"),
        ],
        source: "S-47, S-51",
    },
    Check {
        code: "assigned",
        meaning: "as many people are active here as the administrator says are assigned",
        fixes: &[
            (OKTA, "in Okta: members of a pushed group must be assigned to the app; Federation Broker Mode off; look at Dashboard > Tasks for people who failed"),
            (ENTRA, "in Entra: look at Provisioning logs for people who were skipped; nested groups are not expanded"),
            (ONELOGIN, "in OneLogin: people in state \"Pending\" wait for approval: approve them, or untick the approval boxes; on delete or removed access: Suspend or Delete"),
            (OTHERS, "look in the provider for people who wait, were skipped or failed"),
        ],
        source: "S-51",
    },
    Check {
        code: "dialect",
        meaning: "it is certain which provider this is",
        fixes: &[
            (OTHERS, "if it is that provider, set it: PATCH /v1/tenants/{tenant}/integrations/{integration} {\"idp\": \"{dialect}\"}"),
        ],
        source: "S-04",
    },
    Check {
        code: "refused",
        meaning: "no request of the last day was refused",
        fixes: &[
            (OTHERS, "the newest one: enroll requests show {request}"),
        ],
        source: "complaint 27",
    },
    Check {
        code: "no_email",
        meaning: "everybody active has an e-mail address",
        fixes: &[
            (OKTA, "in Okta: Provisioning > To App, map email, and fill it for those people"),
            (ENTRA, "in Entra: Mappings, emails[type eq \"work\"].value <- mail; people without a mailbox have no mail, for them map userPrincipalName"),
            (ONELOGIN, "in OneLogin: SCIM JSON Template, emails of type work"),
            (OTHERS, "send emails with type work"),
        ],
        source: "S-17, E-26; complaint 30",
    },
    Check {
        code: "no_groups",
        meaning: "groups arrive, not only people",
        fixes: &[
            (OKTA, "in Okta open \"Push Groups\" > \"Find groups by name\"; push a group other than the one that assigns the app"),
            (ENTRA, "in Entra: Mappings: Groups enabled; Users and groups: assign groups, not only persons"),
            (ONELOGIN, "in OneLogin: Parameters > Groups > tick \"Include in User Provisioning\"; then Rules: Set Groups in …, For each role; then reapply mappings"),
            ("google", "Google sends people only: for access by groups connect a provider that sends them"),
            (OTHERS, "let the provider send groups with their members"),
        ],
        source: "S-48, S-50; complaint 32; OL-15; GW-01 to GW-04",
    },
    Check {
        code: "empty_groups",
        meaning: "groups have members",
        fixes: &[
            (OKTA, "Okta: members must be assigned to the app; push a group other than the assignment group"),
            (ENTRA, "in Entra: nested groups are not expanded, assign the groups that hold the people; groups whose members are known to be missing: Restart provisioning"),
            (ONELOGIN, "in OneLogin: Parameters > Groups > tick \"Include in User Provisioning\"; Rules: Set Groups in …, For each role; then reapply mappings"),
            (OTHERS, "look in the provider whether the members are assigned to the application themselves"),
        ],
        source: "S-50, E-29, E-31; complaint 29",
    },
    Check {
        code: "assignment_group",
        meaning: "no pushed group is the one that assigns the application",
        fixes: &[
            (OKTA, "Okta does not support the same group for both: assign people by one group, push a different group"),
        ],
        source: "complaint 29",
    },
    Check {
        code: "removed_people",
        meaning: "nobody who was taken out of every group is still active",
        fixes: &[
            (OKTA, "if they lost access: in Okta, Provisioning > To App: Deactivate Users"),
            (ENTRA, "if they lost access: in Entra, take away their assignment (Users and groups), and tick Update and Delete under Mappings > Target Object Actions"),
            (ONELOGIN, "if they lost access: in OneLogin, Provisioning, on delete or removed access: Suspend or Delete; anything else leaves leavers in, and we cannot see it"),
            (OTHERS, "if they lost access: let the provider send active = false, or DELETE"),
        ],
        source: "complaint 1",
    },
    Check {
        code: "time_zones",
        meaning: "every time zone sent is one, or a Windows name for one",
        fixes: &[
            (OKTA, "in Okta: map timezone to an IANA name such as Europe/London"),
            (ENTRA, "in Entra: Mappings, timezone <- this expression, with [timezone] replaced by the attribute that is mapped now: {expression}"),
            (ONELOGIN, "in OneLogin: SCIM JSON Template, timezone must be an IANA name such as Europe/London"),
            (OTHERS, "send an IANA name such as Europe/London"),
        ],
        source: "S-22, S-24, E-05; complaint 28",
    },
    Check {
        code: "selection",
        meaning: "some group is selected",
        fixes: &[
            (OTHERS, "select groups: PUT /v1/tenants/{tenant}/integrations/{integration}/selections"),
        ],
        source: "S-35",
    },
    Check {
        code: "public_url",
        meaning: "providers can reach the base URL over TLS",
        fixes: &[
            (OTHERS, "set public_url to the https origin under which providers reach this server"),
        ],
        source: "S-45",
    },
    Check {
        code: "tzdb",
        meaning: "the time zones known here are of this or the last year",
        fixes: &[
            (OTHERS, "install a newer enroll"),
        ],
        source: "S-22",
    },
];

impl Check {
    /// Finds a check by its code.
    pub fn named(code: &str) -> Option<&'static Self> {
        CHECKS.iter().find(|check| check.code == code)
    }

    /// Returns the fix at a provider, named as dialects are.
    pub fn fix(&self, idp: &str) -> &'static str {
        let own = self.fixes.iter().find(|(name, _)| *name == idp);
        let own = own.or_else(|| self.fixes.iter().find(|(name, _)| *name == OTHERS));
        own.map(|(_, fix)| *fix).unwrap_or_default()
    }
}

const OKTA: &str = "okta";
const ENTRA: &str = "entra";
const ONELOGIN: &str = "onelogin";
const OTHERS: &str = "";

/// Puts values in the places of `text`; what a value holds is no place.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        rest = if let Some((value, after)) = place {
            out.push_str(value);
            after
        } else {
            out.push('{');
            after
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_every_row_is_whole() {
        let codes: BTreeSet<_> = CHECKS.iter().map(|check| check.code).collect();
        assert_eq!(codes.len(), CHECKS.len());
        for check in CHECKS {
            let Check { code, .. } = check;
            assert!(
                !check.meaning.is_empty() && !check.source.is_empty(),
                "{code}"
            );
            assert!(!check.fix("okta").is_empty(), "{code}");
            let is_okta_only = *code == "assignment_group";
            assert_eq!(check.fix("generic").is_empty(), is_okta_only, "{code}");
        }
    }

    #[test]
    fn places_are_filled_once() {
        let values = [("a", "{b}"), ("b", "2")];
        assert_eq!(filled("{a} {b} {c} {", &values), "{b} 2 {c} {");
        assert_eq!(filled("{\"idp\": \"{a}\"}", &values), "{\"idp\": \"{b}\"}");
    }
}

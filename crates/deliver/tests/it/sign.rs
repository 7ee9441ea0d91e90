//! Standard Webhooks 1.0.0: signatures as other libraries make and check them.

use enroll_deliver::{SecretError, Signed, SigningSecret, Unverified, sign, verify};

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,pZN3CVESPCUuihODVQNgWONmlcH9xCz9b1ykcK53XqY=";

fn known() -> SigningSecret {
    SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw").unwrap()
}

fn other() -> SigningSecret {
    SigningSecret::from_bytes(&[1; 24]).unwrap()
}

#[test]
fn c15_signatures_are_those_of_pypis_standardwebhooks_1_1_0() {
    assert_eq!(sign(&[known()], ID, AT, BODY), SIGNATURE);
    let shorter = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw").unwrap();
    let wanted = "v1,/Xy7FLfFISa1TZH7WLT+0x/orG5MlcutAFOpVan3/00=";
    assert_eq!(sign(&[shorter], ID, AT, BODY), wanted);
}

#[track_caller]
fn check(
    secrets: &[SigningSecret],
    timestamp: &str,
    signature: &str,
    now: i64,
    wanted: Result<(), Unverified>,
) {
    let signed = Signed {
        id: ID,
        timestamp,
        signature,
    };
    assert_eq!(verify(secrets, signed, BODY, now), wanted, "{signature}");
}

#[test]
fn c15_who_may_be_believed() {
    let (at, known, other) = (AT.to_string(), [known()], [other()]);
    let wrong = sign(&other, ID, AT, BODY);
    let rotated = format!("{wrong} {SIGNATURE}");
    for (timestamp, signature, now, wanted) in [
        (&*at, SIGNATURE, AT, Ok(())),
        (&at, SIGNATURE, AT + 300, Ok(())),
        (&at, SIGNATURE, AT - 300, Ok(())),
        (&at, SIGNATURE, AT + 301, Err(Unverified::Old)),
        (&at, SIGNATURE, AT - 301, Err(Unverified::Early)),
        (&at, SIGNATURE, i64::MIN, Err(Unverified::Early)),
        (&at, &rotated, AT, Ok(())),
        (&at, &format!("v1a,AAAA {SIGNATURE}"), AT, Ok(())),
        (&at, &wrong, AT, Err(Unverified::Wrong)),
        (&at, "v1,", AT, Err(Unverified::Wrong)),
        (&at, "v1,AAAA", AT, Err(Unverified::Wrong)),
        (&at, "v2,AAAA", AT, Err(Unverified::NoSignature)),
        (&at, "v1,???", AT, Err(Unverified::NoSignature)),
        (&at, "", AT, Err(Unverified::NoSignature)),
        ("", SIGNATURE, AT, Err(Unverified::Timestamp)),
        ("soon", SIGNATURE, AT, Err(Unverified::Timestamp)),
        ("1614265331", SIGNATURE, AT, Err(Unverified::Wrong)),
    ] {
        check(&known, timestamp, signature, now, wanted);
    }
    check(&[], &at, SIGNATURE, AT, Err(Unverified::Wrong));
    // The receiver may know the old or the new secret, or both.
    let both = [other[0].clone(), known[0].clone()];
    check(&both, &at, SIGNATURE, AT, Ok(()));
    let signature = sign(&both, ID, AT, BODY);
    assert_eq!(signature, rotated);
    check(&other, &at, &signature, AT, Ok(()));
}

#[test]
fn c15_id_and_body_are_signed() {
    for (id, body) in [("msg_2", BODY), (ID, &b"{}"[..])] {
        let signed = Signed {
            id,
            timestamp: &AT.to_string(),
            signature: SIGNATURE,
        };
        assert_eq!(verify(&[known()], signed, body, AT), Err(Unverified::Wrong));
    }
}

#[test]
fn b3_secrets_are_read_in_every_usual_spelling_and_never_shown() {
    let spelled = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw==";
    for (text, wanted) in [
        (spelled, Ok(spelled)),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw", Ok(spelled)),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw==", Ok(spelled)),
        (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw\n", Ok(spelled)),
        ("whsec_", Err(SecretError::Length(0))),
        ("whsec_c2hvcnQ=", Err(SecretError::Length(5))),
        ("whsec_hunter2!", Err(SecretError::Base64)),
        ("", Err(SecretError::Length(0))),
    ] {
        let read = SigningSecret::parse(text).map(|secret| secret.spell());
        assert_eq!(read.as_deref().map_err(|e| *e), wanted, "{text}");
    }
    assert!(
        SigningSecret::from_bytes(&[9; 16]).is_ok() && SigningSecret::from_bytes(&[9; 64]).is_ok()
    );
    for length in [15, 65] {
        let error = SigningSecret::from_bytes(&vec![9; length]).unwrap_err();
        assert_eq!(error, SecretError::Length(length));
    }
    assert_eq!(format!("{:?}", known()), "SigningSecret(…)");
    let (one, two) = (
        SigningSecret::derive(&[7; 32], "a"),
        SigningSecret::derive(&[7; 32], "b"),
    );
    assert_ne!(one.spell(), two.spell());
    assert_eq!(one, SigningSecret::derive(&[7; 32], "a"));
    assert_eq!(SigningSecret::parse(&one.spell()), Ok(one));
}

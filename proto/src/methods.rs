//! The methods of the contract by name, for what must know them before a message is read: who may call, spans, metrics.

include!(concat!(env!("OUT_DIR"), "/groundwire.methods.rs"));

/// The methods of a service, as `package.Service/Method`.
pub fn of(service: &'static str) -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .copied()
        .filter(move |method| method.split_once('/').is_some_and(|(of, _)| of == service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::v1::connector_gateway_service_server::SERVICE_NAME;

    #[test]
    fn a_service_has_its_methods_and_no_others() {
        let methods: Vec<_> = of(SERVICE_NAME).collect();
        let names = ["Attach", "Enroll", "RenewCertificate", "SyncAccounts"];
        assert_eq!(methods, names.map(|name| format!("{SERVICE_NAME}/{name}")));
        assert_eq!(of("groundwire.gateway.v1").count(), 0);
    }
}

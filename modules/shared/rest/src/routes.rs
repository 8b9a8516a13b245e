//! One list of routes, for the server that answers and for the document that describes.

use actix_web::dev::HttpServiceFactory;
use utoipa_actix_web::OpenApiFactory;

/// What takes the routes of a module. A server's list leaves their description alone, because
/// making it leaves megabytes of scraps in the memory of each worker.
pub trait Routes {
    /// Adds a documented route.
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self;

    /// Adds what the routes need.
    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self;
}

impl Routes for actix_web::web::ServiceConfig {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self {
        self.service(route)
    }

    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self {
        self.app_data(data)
    }
}

impl Routes for utoipa_actix_web::service_config::ServiceConfig<'_> {
    fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self {
        self.service(route)
    }

    fn app_data<T: 'static>(&mut self, data: T) -> &mut Self {
        self.app_data(data)
    }
}
